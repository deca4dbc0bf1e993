/* batch_reader.h: reads a batch of trace_buffer.h again and checks its form to the last byte. Any
 * bytes may be given. */
#ifndef TMB_TRACER_BATCH_READER_H
#define TMB_TRACER_BATCH_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tracer/trace_buffer.h"

#define BATCH_ERROR_BYTES 200

struct trace_frame {
  uint64_t pc, function, file, line;
};

/* What is called for each record; return false to end the reading. */
struct batch_visitor {
  bool (*string)(void *arg, uint64_t id, const unsigned char *bytes, size_t n);
  bool (*stack)(void *arg, uint64_t id, const struct trace_frame *frames, size_t depth);
};

/* True when the whole batch is well-formed and no visitor ended the reading; else a sentence that
 * names the byte is in error[BATCH_ERROR_BYTES] ("" when a visitor ended it). *generation is set
 * before the first record. */
bool batch_read(const unsigned char *bytes, size_t n, const struct batch_visitor *, void *arg,
                uint64_t *generation, char *error);

#endif
