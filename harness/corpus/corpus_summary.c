/* corpus_summary.c: see corpus_summary.h. */
#include "corpus/corpus_summary.h"

#include <stdlib.h>

static int compare(const void *left, const void *right)
{
  uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
  return (a > b) - (a < b);
}

/* Sorts the sizes. */
static struct corpus_sizes sizes_of(uint64_t *sizes, size_t count)
{
  if (count == 0)
    return (struct corpus_sizes){0};
  qsort(sizes, count, sizeof *sizes, compare);
  return (struct corpus_sizes){.min = sizes[0],
                               .median = sizes[(count - 1) / 2],
                               .p99 = sizes[(count * 99 + 99) / 100 - 1],
                               .max = sizes[count - 1]};
}

static void summarize_kind(const struct corpus *corpus, enum corpus_kind kind, uint64_t *sizes,
                           struct corpus_kind_summary *summary)
{
  for (size_t i = 0; i < corpus->item_count; i++)
    if (corpus->items[i].kind == kind) {
      sizes[summary->distinct++] = corpus->items[i].length;
      summary->bytes += corpus->items[i].length;
    }
  summary->sizes = sizes_of(sizes, summary->distinct);
}

/* How many different program counters the stacks hold. False: no memory. */
static bool count_pcs(const struct corpus *corpus, size_t *count)
{
  size_t all = 0, used = 0;
  *count = 0;
  for (size_t i = 0; i < corpus->item_count; i++)
    all += corpus->items[i].kind == CORPUS_STACK ? corpus->items[i].length / 8 : 0;
  if (all == 0)
    return true;
  uint64_t *pcs = malloc(all * sizeof *pcs);
  if (pcs == NULL)
    return false;
  for (size_t i = 0; i < corpus->item_count; i++)
    if (corpus->items[i].kind == CORPUS_STACK)
      for (size_t at = 0; at < corpus->items[i].length; at += 8)
        pcs[used++] = corpus_pc(corpus->items[i].bytes + at);
  qsort(pcs, all, sizeof *pcs, compare);
  for (size_t i = 0; i < all; i++)
    *count += i == 0 || pcs[i] != pcs[i - 1];
  free(pcs);
  return true;
}

static bool summarize_symbols(const struct corpus *corpus, struct corpus_symbol_summary *summary)
{
  if (!count_pcs(corpus, &summary->pcs))
    return false;
  summary->frames = corpus->frame_count;
  summary->share = summary->pcs > 0 ? (double)summary->frames / (double)summary->pcs : 0;
  summary->names = corpus->name_count;
  for (size_t i = 0; i < corpus->name_count; i++)
    summary->name_bytes += corpus->names[i].length;
  return true;
}

bool corpus_summarize(const struct corpus *corpus, struct corpus_summary *summary)
{
  size_t room =
      corpus->item_count > corpus->stream_count ? corpus->item_count : corpus->stream_count;
  uint64_t *sizes = malloc(room * sizeof *sizes);
  if (sizes == NULL)
    return false;
  *summary = (struct corpus_summary){.puts = corpus->put_count,
                                     .distinct = corpus->item_count,
                                     .streams = corpus->stream_count,
                                     .repeat_share = 1 - (double)corpus->item_count /
                                                             (double)corpus->put_count};
  summarize_kind(corpus, CORPUS_STRING, sizes, &summary->strings);
  summarize_kind(corpus, CORPUS_STACK, sizes, &summary->stacks);
  summary->depths = (struct corpus_sizes){.min = summary->stacks.sizes.min / 8,
                                          .median = summary->stacks.sizes.median / 8,
                                          .p99 = summary->stacks.sizes.p99 / 8,
                                          .max = summary->stacks.sizes.max / 8};
  for (size_t i = 0; i < corpus->stream_count; i++) {
    const struct corpus_stream *stream = &corpus->streams[i];
    sizes[i] = stream->put_count;
    for (size_t j = 0; j < stream->put_count; j++)
      if (corpus->items[stream->puts[j]].kind == CORPUS_STRING)
        summary->strings.puts++;
      else
        summary->stacks.puts++;
  }
  summary->stream_puts = sizes_of(sizes, corpus->stream_count);
  free(sizes);
  return summarize_symbols(corpus, &summary->symbols);
}
