/* key_stream.c: see key_stream.h. */
#include "key_stream.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum purpose { PURPOSE_SCRAMBLE = 1, PURPOSE_KEYS, PURPOSE_FILL };

struct random_stream random_stream_from(uint64_t seed, uint64_t purpose)
{
  struct random_stream stream = {.state = seed ^ purpose * UINT64_C(0xd1342543de82ef95)};
  random_stream_next(&stream);
  return stream;
}

uint64_t random_stream_next(struct random_stream *stream)
{
  uint64_t z = stream->state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

uint64_t random_stream_below(struct random_stream *stream, uint64_t bound)
{
  /* Multiply-shift; its bias of bound/2^64 is far below anything measured here. */
  return (uint64_t)((unsigned __int128)random_stream_next(stream) * bound >> 64);
}

double random_stream_unit(struct random_stream *stream)
{
  return (double)(random_stream_next(stream) >> 11) * 0x1p-53;
}

/* ---- keys ---- */

#define SCRAMBLE_BITS 29 /* 2^29 < 62^5: five letters tell all indices apart */
#define SCRAMBLE_MASK ((UINT32_C(1) << SCRAMBLE_BITS) - 1)

/* A bijection of 29-bit numbers: odd multiplications and xor-shifts, both invertible. */
static uint32_t scramble(uint32_t index, uint64_t seed)
{
  uint32_t x = (index ^ (uint32_t)seed) & SCRAMBLE_MASK;
  x = x * UINT32_C(0x2c1b3c6d) & SCRAMBLE_MASK;
  x ^= x >> 15;
  x = x * ((uint32_t)(seed >> 32) | 1) & SCRAMBLE_MASK;
  x ^= x >> 14;
  return x;
}

static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

#define STRING_LEAST 5
#define STRING_MOST 60

static size_t string_make(unsigned char *out, uint32_t tag, struct random_stream *stream)
{
  size_t length = STRING_LEAST + random_stream_below(stream, STRING_MOST - STRING_LEAST + 1);
  for (int i = 0; i < STRING_LEAST; i++, tag /= 62)
    out[i] = (unsigned char)letters[tag % 62];
  uint64_t word = 0;
  for (size_t i = STRING_LEAST; i < length; i++, word >>= 6) {
    if ((i - STRING_LEAST) % 10 == 0)
      word = random_stream_next(stream);
    out[i] = (unsigned char)letters[(word & 63) % 62];
  }
  return length;
}

#define STACK_MOST 128
#define STACK_MEAN 24
#define CALLERS 4096
#define TEXT_BASE UINT64_C(0x400000)

static size_t stack_make(unsigned char *out, uint32_t tag, struct random_stream *stream)
{
  /* Geometric by inversion, cut at 128. */
  double draw = log1p(-random_stream_unit(stream)) / log1p(-1.0 / STACK_MEAN);
  size_t depth = draw >= STACK_MOST - 1 ? STACK_MOST : 1 + (size_t)draw;
  uint64_t pc = TEXT_BASE + CALLERS * 64 + (uint64_t)tag * 4; /* the leaf: this key's own */
  for (size_t i = 0; i < depth; i++) {
    memcpy(out + i * sizeof pc, &pc, sizeof pc);
    pc = TEXT_BASE + random_stream_below(stream, CALLERS) * 64;
  }
  return depth * sizeof pc;
}

bool key_stream_generate(struct workload_plan *plan, uint64_t count)
{
  typedef size_t key_make(unsigned char *, uint32_t, struct random_stream *);
  key_make *make = plan->kind == KEYS_STACKS ? stack_make : string_make;
  unsigned char key[STACK_MOST * sizeof(uint64_t)];
  struct random_stream scramble_stream = random_stream_from(plan->seed, PURPOSE_SCRAMBLE);
  uint64_t scramble_seed = random_stream_next(&scramble_stream);
  if (count > UINT64_C(1) << SCRAMBLE_BITS) /* there are no more to be told apart */
    return false;
  uint64_t *offset = plan->allocate(plan, (count + 1) * sizeof *offset);
  if (!offset)
    return false;

  /* Twice the same stream: once for the lengths, once for the bytes. */
  struct random_stream lengths = random_stream_from(plan->seed, PURPOSE_KEYS);
  uint64_t total = 0;
  for (uint64_t i = 0; i < count; i++) {
    offset[i] = total;
    total += make(key, 0, &lengths);
  }
  offset[count] = total;
  unsigned char *bytes = plan->allocate(plan, total);
  if (!bytes)
    return false;
  struct random_stream contents = random_stream_from(plan->seed, PURPOSE_KEYS);
  for (uint64_t i = 0; i < count; i++)
    make(bytes + offset[i], scramble((uint32_t)i, scramble_seed), &contents);
  plan->key_set = (struct key_set){.bytes = bytes, .offset = offset, .count = count};
  return true;
}

uint32_t *key_stream_permutation(struct workload_plan *plan, uint64_t count, uint64_t purpose)
{
  uint32_t *order = plan->allocate(plan, count * sizeof *order);
  if (!order)
    return NULL;
  struct random_stream stream = random_stream_from(plan->seed, purpose);
  for (uint64_t i = 0; i < count; i++) {
    uint64_t j = random_stream_below(&stream, i + 1);
    order[i] = order[j];
    order[j] = (uint32_t)i;
  }
  return order;
}

/* ---- tapes ---- */

struct tape *tapes_allocate(struct workload_plan *plan)
{
  return plan->allocate(plan, plan->threads * sizeof(struct tape));
}

static size_t key_length(const struct key_set *set, uint32_t key)
{
  return (size_t)(set->offset[key + 1] - set->offset[key]);
}

static bool write_steps(struct workload_plan *plan, struct tape *tape, const uint32_t *keys,
                        const uint8_t *operations, enum tape_operation operation, uint64_t count)
{
  const struct key_set *set = &plan->key_set;
  uint64_t bytes = 0;
  for (uint64_t i = 0; i < count; i++)
    bytes += sizeof(struct tape_step) + ((key_length(set, keys[i]) + 7) & ~(size_t)7);
  char *steps = plan->allocate(plan, bytes);
  if (!steps)
    return false;
  *tape = (struct tape){.steps = (struct tape_step *)steps, .bytes = bytes, .count = count};
  for (uint64_t i = 0; i < count; i++) {
    size_t length = key_length(set, keys[i]);
    struct tape_step *step = (struct tape_step *)steps;
    step->key = keys[i];
    step->operation = (operations ? operations[i] : operation) == TAPE_LOOKUP;
    step->length = (uint32_t)length & INT32_MAX;
    memcpy(step + 1, set->bytes + set->offset[keys[i]], length);
    steps = (char *)(step + 1) + ((length + 7) & ~(size_t)7);
  }
  return true;
}

bool tape_write(struct workload_plan *plan, struct tape *tape, const uint32_t *keys, uint64_t count,
                enum tape_operation operation)
{
  return write_steps(plan, tape, keys, NULL, operation, count);
}

bool tape_write_mixed(struct workload_plan *plan, struct tape *tape, const uint32_t *keys,
                      const uint8_t *operations, uint64_t count)
{
  return write_steps(plan, tape, keys, operations, TAPE_PUT, count);
}

struct tape *tapes_split(struct workload_plan *plan, uint64_t count, uint64_t purpose)
{
  uint32_t *order = key_stream_permutation(plan, count, purpose);
  struct tape *tapes = tapes_allocate(plan);
  if (!order || !tapes)
    return NULL;
  for (unsigned t = 0; t < plan->threads; t++) {
    uint64_t from = count * t / plan->threads, to = count * (t + 1) / plan->threads;
    if (!tape_write(plan, &tapes[t], order + from, to - from, TAPE_PUT))
      return NULL;
  }
  return tapes;
}

struct tape *tapes_of_all(struct workload_plan *plan, uint64_t count, uint64_t purpose)
{
  struct tape *tapes = tapes_allocate(plan);
  for (unsigned t = 0; tapes && t < plan->threads; t++) {
    uint32_t *order = key_stream_permutation(plan, count, purpose + t);
    if (!order || !tape_write(plan, &tapes[t], order, count, TAPE_PUT))
      return NULL;
  }
  return tapes;
}

bool tapes_fill_all(struct workload_plan *plan, uint64_t count)
{
  plan->fill = tapes_split(plan, count, PURPOSE_FILL);
  return plan->fill;
}

int prepare_out_of_memory(struct workload_plan *plan)
{
  snprintf(plan->error, sizeof plan->error,
           "no memory for %llu keys and their tapes: ask for fewer keys or operations",
           (unsigned long long)plan->keys);
  return -ENOMEM;
}

void run_timed_tape(const struct workload_plan *plan, struct worker *worker)
{
  tape_play(&plan->timed[worker->index], worker, worker->results);
}

#define PURPOSE_HITS 100 /* + thread */

int prepare_uniform_hits(struct workload_plan *plan)
{
  uint32_t *drawn = plan->allocate(plan, plan->operations * sizeof *drawn);
  plan->timed = tapes_allocate(plan);
  plan->start = START_FILLED;
  if (!drawn || !plan->timed || !key_stream_generate(plan, plan->keys) ||
      !tapes_fill_all(plan, plan->keys))
    return prepare_out_of_memory(plan);
  for (unsigned t = 0; t < plan->threads; t++) {
    struct random_stream stream = random_stream_from(plan->seed, PURPOSE_HITS + t);
    for (uint64_t i = 0; i < plan->operations; i++)
      drawn[i] = (uint32_t)random_stream_below(&stream, plan->keys);
    if (!tape_write(plan, &plan->timed[t], drawn, plan->operations, TAPE_PUT))
      return prepare_out_of_memory(plan);
  }
  return 0;
}
