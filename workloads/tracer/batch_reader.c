/* batch_reader.c: see batch_reader.h. */
#include "tracer/batch_reader.h"

#include <stdio.h>

#include "tracer/varint.h"

struct reading {
  const unsigned char *begin, *at, *end;
  const struct batch_visitor *visitor;
  void *arg;
  char *error;
};

static bool refuse(const struct reading *r, const char *what)
{
  snprintf(r->error, BATCH_ERROR_BYTES, "byte %zu: %s", (size_t)(r->at - r->begin), what);
  return false;
}

static bool read_number(struct reading *r, uint64_t *value)
{
  return varint_read(&r->at, r->end, value) ||
         refuse(r, "a number is cut off, has more than 64 bits or a byte too many");
}

static bool read_id(struct reading *r, uint64_t *id)
{
  return read_number(r, id) && (*id > 0 || refuse(r, "id 0"));
}

static bool read_string(struct reading *r)
{
  uint64_t id, n;
  if (!read_id(r, &id) || !read_number(r, &n))
    return false;
  if (n < 1 || n > TRACE_STRING_BYTES_MOST)
    return refuse(r, "a string of no bytes or of more than 1024");
  if (n > (uint64_t)(r->end - r->at))
    return refuse(r, "a string is cut off");
  const unsigned char *bytes = r->at;
  r->at += n;
  return r->visitor->string(r->arg, id, bytes, (size_t)n);
}

static bool read_stack(struct reading *r)
{
  uint64_t id, depth;
  struct trace_frame frame[TRACE_STACK_DEPTH_MOST];
  if (!read_id(r, &id) || !read_number(r, &depth))
    return false;
  if (depth < 1 || depth > TRACE_STACK_DEPTH_MOST)
    return refuse(r, "a stack of no frames or of more than 128");
  for (uint64_t i = 0; i < depth; i++)
    if (!read_number(r, &frame[i].pc) || !read_number(r, &frame[i].function) ||
        !read_number(r, &frame[i].file) || !read_number(r, &frame[i].line))
      return false;
  return r->visitor->stack(r->arg, id, frame, (size_t)depth);
}

bool batch_read(const unsigned char *bytes, size_t n, const struct batch_visitor *visitor,
                void *arg, uint64_t *generation, char *error)
{
  struct reading r = {bytes, bytes, bytes, visitor, arg, error};
  error[0] = '\0';
  if (n < 1 || n > TRACE_BATCH_BYTES)
    return refuse(&r, "a batch of no bytes or of more than 65536");
  r.end += n; /* not before: the bytes of none may be NULL */
  unsigned kind = *r.at;
  if (kind != BATCH_STRINGS && kind != BATCH_STACKS)
    return refuse(&r, "a batch of neither strings nor stacks");
  r.at++;
  if (!read_number(&r, generation))
    return false;
  while (r.at < r.end) {
    if (*r.at != (kind == BATCH_STRINGS ? RECORD_STRING : RECORD_STACK))
      return refuse(&r, "a record that does not belong into such a batch");
    r.at++;
    if (!(kind == BATCH_STRINGS ? read_string(&r) : read_stack(&r)))
      return false;
  }
  return true;
}
