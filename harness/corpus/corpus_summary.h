/* corpus_summary.h: the figures that say what kind of load a corpus is. */
#ifndef TMB_CORPUS_SUMMARY_H
#define TMB_CORPUS_SUMMARY_H

#include "corpus/corpus.h"

/* Of a set of sizes; all 0 where the set is empty. */
struct corpus_sizes {
  uint64_t min, median, p99, max; /* median and p99: the smallest size that so many do not exceed */
};

/* Of the items of one kind. */
struct corpus_kind_summary {
  size_t puts, distinct;
  uint64_t bytes;            /* of the distinct items */
  struct corpus_sizes sizes; /* in bytes, of the distinct items */
};

/* What is known of the program counters of the stacks. */
struct corpus_symbol_summary {
  size_t pcs, frames; /* distinct program counters; those of them that have a function */
  double share;       /* frames / pcs; 0 where there is no stack */
  size_t names;       /* distinct names of functions and files */
  uint64_t name_bytes;
};

struct corpus_summary {
  size_t puts, distinct, streams;
  double repeat_share; /* of the puts that meet an item that was put before: 1 - distinct / puts */
  struct corpus_kind_summary strings, stacks;
  struct corpus_sizes depths;      /* in frames, of the distinct stacks */
  struct corpus_sizes stream_puts; /* puts of a stream */
  struct corpus_symbol_summary symbols;
};

/* False: no memory. */
bool corpus_summarize(const struct corpus *corpus, struct corpus_summary *summary);

#endif
