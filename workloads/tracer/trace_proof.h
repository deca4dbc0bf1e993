/* trace_proof.h: holds what a tracer wrote against what was put into it, a generation at a time.
 *
 *   trace_proof_begin()        a generation
 *   trace_proof_batch()        each batch that was written, in order: string batches, then stacks
 *   trace_proof_emitted()      each string that was emitted, with the id it was given
 *   trace_proof_put()          each put, by thread, in the thread's order
 *   trace_proof_end()          is anything left over?
 *
 * It finds: a put whose id has no record, or the record of other bytes; a string or stack that was
 * added twice, never, or is written twice; one with two ids; two with one id; a stolen id that came
 * back; a record that nobody put; records that are not in the order in which each thread added
 * them; frames whose names or lines are not those of the symbols; ids that do not start again.
 *
 * Without batches (they were not kept) only ids and additions of each key are checked. One thread.
 */
#ifndef TMB_TRACER_TRACE_PROOF_H
#define TMB_TRACER_TRACE_PROOF_H

#include "corpus/corpus.h"
#include "tracer/batch_reader.h"

struct trace_proof;

/* keys: how many different keys trace_proof_put() will name. NULL: no memory. */
struct trace_proof *trace_proof_create(const struct corpus *, uint64_t keys, unsigned threads);
void trace_proof_destroy(struct trace_proof *);

/* with_batches: all that were written will be given. */
void trace_proof_begin(struct trace_proof *, uint64_t generation, bool with_batches);
void trace_proof_batch(struct trace_proof *, const unsigned char *bytes, size_t n);
void trace_proof_emitted(struct trace_proof *, uint64_t id, const void *bytes, size_t n);
struct trace_put {
  unsigned thread;
  enum corpus_kind kind;
  uint64_t key; /* equal for equal strings, and for equal stacks, of all generations */
  const void *bytes;
  size_t n;
  uint64_t id;
  bool added;
};
void trace_proof_put(struct trace_proof *, const struct trace_put *);
/* False: something is wrong, here or before; trace_proof_contradiction() says what was first. */
bool trace_proof_end(struct trace_proof *);
const char *trace_proof_contradiction(const struct trace_proof *);

#endif
