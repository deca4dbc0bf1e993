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
  return true;
}
