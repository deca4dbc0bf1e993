/* batch_fuzz.c: any bytes as a batch of the tracer, and as two batches of a generation that the
 * proof looks at. */
#include <stdlib.h>

#include "tracer/trace_proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static bool sum_string(void *arg, uint64_t id, const unsigned char *bytes, size_t n)
{
  uint64_t *sum = arg;
  for (size_t i = 0; i < n; i++)
    *sum += bytes[i];
  if (id == 0 || n == 0 || n > TRACE_STRING_BYTES_MOST)
    abort();
  return true;
}

static bool sum_stack(void *arg, uint64_t id, const struct trace_frame *frames, size_t depth)
{
  uint64_t *sum = arg;
  for (size_t i = 0; i < depth; i++)
    *sum += frames[i].pc + frames[i].line;
  if (id == 0 || depth == 0 || depth > TRACE_STACK_DEPTH_MOST)
    abort();
  return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
  static const struct batch_visitor visitor = {.string = sum_string, .stack = sum_stack};
  uint64_t generation, sum = 0;
  char error[BATCH_ERROR_BYTES];
  bool read = batch_read(bytes, n, &visitor, &sum, &generation, error);
  if (read != (error[0] == '\0'))
    abort();

  const struct corpus corpus = {.frame_count = 0};
  struct trace_proof *proof = trace_proof_create(&corpus, 1, 1);
  if (!proof)
    return 0;
  trace_proof_begin(proof, read ? generation : 1, true);
  trace_proof_batch(proof, bytes, n / 2);
  trace_proof_batch(proof, bytes + n / 2, n - n / 2);
  trace_proof_batch(proof, bytes, n);
  const struct trace_put put = {
      .kind = CORPUS_STRING, .bytes = "abc", .n = 3, .id = 1, .added = true};
  trace_proof_put(proof, &put);
  if (trace_proof_end(proof) != (trace_proof_contradiction(proof)[0] == '\0'))
    abort();
  trace_proof_destroy(proof);
  return 0;
}
