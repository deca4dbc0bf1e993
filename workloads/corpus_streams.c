/* corpus_streams.c: see corpus_streams.h. */
#include "corpus_streams.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

int corpus_streams_read(struct workload_plan *plan, const char *workload, struct corpus **corpus)
{
  struct corpus_error error;
  if (plan->corpus_path && corpus_read(plan->corpus_path, corpus, &error))
    return 0;
  if (plan->corpus_path)
    snprintf(plan->error, sizeof plan->error, "%s", error.text);
  else
    snprintf(plan->error, sizeof plan->error, "%s needs a corpus: --corpus=FILE", workload);
  *corpus = NULL;
  return -EINVAL;
}

static int longest_first(const void *a, const void *b)
{
  const struct corpus_stream *left = *(const struct corpus_stream *const *)a;
  const struct corpus_stream *right = *(const struct corpus_stream *const *)b;
  if (left->put_count != right->put_count)
    return left->put_count < right->put_count ? 1 : -1;
  return left < right ? -1 : 1; /* in a fixed order, so that a seed gives one result */
}

struct dealt_puts *corpus_streams_deal(struct workload_plan *plan, const struct corpus *corpus)
{
  const struct corpus_stream **streams =
      plan->allocate(plan, corpus->stream_count * sizeof *streams);
  unsigned *owner = plan->allocate(plan, corpus->stream_count * sizeof *owner);
  struct dealt_puts *dealt = plan->allocate(plan, plan->threads * sizeof *dealt);
  uint32_t *items = plan->allocate(plan, corpus->put_count * sizeof *items);
  if (!streams || !owner || !dealt || !items)
    return NULL;
  for (size_t s = 0; s < corpus->stream_count; s++)
    streams[s] = &corpus->streams[s];
  qsort(streams, corpus->stream_count, sizeof *streams, longest_first);
  for (size_t s = 0; s < corpus->stream_count; s++) {
    for (unsigned t = 1; t < plan->threads; t++)
      if (dealt[t].count < dealt[owner[s]].count)
        owner[s] = t;
    dealt[owner[s]].count += streams[s]->put_count;
  }
  for (unsigned t = 0; t < plan->threads; t++) {
    dealt[t].items = items;
    for (size_t s = 0; s < corpus->stream_count; s++)
      for (size_t i = 0; owner[s] == t && i < streams[s]->put_count; i++)
        *items++ = streams[s]->puts[i];
  }
  return dealt;
}
