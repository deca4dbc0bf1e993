/* corpus_streams.h: a corpus for workloads: its streams dealt to the workers, and its items as
 * keys.
 *
 * Streams are dealt longest first, each to the worker with the least to do; a worker's streams
 * follow each other. All memory is the plan's; NULL or false: there is none. */
#ifndef TMB_CORPUS_STREAMS_H
#define TMB_CORPUS_STREAMS_H

#include "corpus/corpus.h"
#include "key_stream.h"

/* The corpus that the plan names, to be destroyed by the caller. 0, or -EINVAL with a sentence in
 * plan->error. */
int corpus_streams_read(struct workload_plan *, const char *workload, struct corpus **);

/* What one worker puts, in its order: indices into the corpus's items. */
struct dealt_puts {
  uint32_t *items;
  uint64_t count;
};
struct dealt_puts *corpus_streams_deal(struct workload_plan *, const struct corpus *);

#endif
