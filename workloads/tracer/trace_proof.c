/* trace_proof.c: see trace_proof.h. Records are kept as they lie in the batches, which the caller
 * keeps until the end; an open-addressed table finds them by id, another by bytes. */
#include "tracer/trace_proof.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define PC_BYTES 8

/* One string or stack that was written. */
struct record {
  uint64_t id;
  const unsigned char *bytes; /* of a string, in its batch */
  size_t first_frame;         /* of a stack, in frames */
  uint32_t length;            /* bytes, or frames */
  uint32_t adders;            /* puts that added it */
  bool expected;              /* emitted, or a name that a frame names */
};

/* An index into records + 1 by a hash; 0: free. */
struct index {
  uint32_t *slot;
  size_t size; /* a power of two */
};

struct records {
  struct record *record;
  size_t count, capacity;
  struct index by_id;
  uint64_t least_id;
  size_t *last; /* by thread: the record that it added last, + 1 */
};

/* What is known of a key in the generation under way. */
struct key_state {
  uint64_t generation, id;
  bool added;
};

struct trace_proof {
  const struct corpus *corpus;
  uint64_t generation;
  unsigned threads;
  bool with_batches, indexed;
  struct records of[2]; /* by corpus_kind */
  struct trace_frame *frame;
  size_t frames, frame_capacity;
  struct key_state *key;
  uint64_t keys;
  char contradiction[400];
};

__attribute__((format(printf, 2, 3))) static void contradict(struct trace_proof *proof,
                                                             const char *format, ...)
{
  if (proof->contradiction[0])
    return;
  int n = snprintf(proof->contradiction, sizeof proof->contradiction, "generation %" PRIu64 ": ",
                   proof->generation);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(proof->contradiction + n, sizeof proof->contradiction - (size_t)n, format, arguments);
  va_end(arguments);
}

static const char *word(enum corpus_kind kind)
{
  return kind == CORPUS_STACK ? "stack" : "string";
}

/* ---- indices ---- */

static bool index_clear(struct index *index, size_t entries)
{
  size_t size = 64;
  while (size < 2 * entries)
    size *= 2;
  if (size > index->size) {
    free(index->slot);
    index->slot = calloc(size, sizeof *index->slot);
    index->size = index->slot ? size : 0;
  } else {
    memset(index->slot, 0, index->size * sizeof *index->slot);
  }
  return index->slot;
}

static struct record *find_id(const struct records *records, uint64_t id)
{
  if (!records->by_id.size)
    return NULL;
  size_t mask = records->by_id.size - 1;
  for (size_t at = XXH3_64bits(&id, sizeof id) & mask; records->by_id.slot[at];
       at = (at + 1) & mask) {
    struct record *record = &records->record[records->by_id.slot[at] - 1];
    if (record->id == id)
      return record;
  }
  return NULL;
}

static void index_by_id(struct trace_proof *proof, enum corpus_kind kind)
{
  struct records *records = &proof->of[kind];
  if (!index_clear(&records->by_id, records->count)) {
    contradict(proof, "no memory to check %zu records", records->count);
    return;
  }
  size_t mask = records->by_id.size - 1;
  for (size_t i = 0; i < records->count; i++) {
    uint64_t id = records->record[i].id;
    if (find_id(records, id))
      contradict(proof, "two %ss are written under id %" PRIu64, word(kind), id);
    size_t at = XXH3_64bits(&id, sizeof id) & mask;
    while (records->by_id.slot[at])
      at = (at + 1) & mask;
    records->by_id.slot[at] = (uint32_t)i + 1;
    if (id < records->least_id)
      records->least_id = id;
  }
}

/* ---- batches ---- */

static bool grow(void **array, size_t *capacity, size_t wanted, size_t each)
{
  if (wanted <= *capacity)
    return true;
  size_t more = *capacity ? *capacity : 1024;
  while (more < wanted)
    more *= 2;
  void *grown = realloc(*array, more * each);
  if (!grown)
    return false;
  *array = grown;
  *capacity = more;
  return true;
}

static struct record *add_record(struct trace_proof *proof, enum corpus_kind kind)
{
  struct records *records = &proof->of[kind];
  void *array = records->record;
  if (!grow(&array, &records->capacity, records->count + 1, sizeof *records->record)) {
    contradict(proof, "no memory to check %zu records", records->count);
    return NULL;
  }
  records->record = array;
  return &records->record[records->count++];
}

static bool see_string(void *arg, uint64_t id, const unsigned char *bytes, size_t n)
{
  struct record *record = add_record(arg, CORPUS_STRING);
  if (record)
    *record = (struct record){.id = id, .bytes = bytes, .length = (uint32_t)n};
  return record;
}

static bool see_stack(void *arg, uint64_t id, const struct trace_frame *frames, size_t depth)
{
  struct trace_proof *proof = arg;
  struct record *record = add_record(proof, CORPUS_STACK);
  void *array = proof->frame;
  if (!record ||
      !grow(&array, &proof->frame_capacity, proof->frames + depth, sizeof *proof->frame)) {
    contradict(proof, "no memory to check %zu frames", proof->frames);
    return false;
  }
  proof->frame = array;
  *record = (struct record){.id = id, .first_frame = proof->frames, .length = (uint32_t)depth};
  memcpy(proof->frame + proof->frames, frames, depth * sizeof *frames);
  proof->frames += depth;
  return true;
}

void trace_proof_batch(struct trace_proof *proof, const unsigned char *bytes, size_t n)
{
  static const struct batch_visitor visitor = {.string = see_string, .stack = see_stack};
  char error[BATCH_ERROR_BYTES];
  uint64_t generation = proof->generation;
  if (!batch_read(bytes, n, &visitor, proof, &generation, error))
    contradict(proof, "a batch cannot be read: %s", error);
  if (generation != proof->generation)
    contradict(proof, "holds a batch of generation %" PRIu64, generation);
}

/* ---- puts ---- */

/* The first call that asks for a record finds them all there, and builds the indices. */
static void records_complete(struct trace_proof *proof)
{
  if (proof->indexed || !proof->with_batches)
    return;
  proof->indexed = true;
  for (enum corpus_kind kind = CORPUS_STRING; kind <= CORPUS_STACK; kind++)
    index_by_id(proof, kind);
}

void trace_proof_emitted(struct trace_proof *proof, uint64_t id, const void *bytes, size_t n)
{
  records_complete(proof);
  if (!proof->with_batches)
    return;
  struct record *record = find_id(&proof->of[CORPUS_STRING], id);
  if (!record || record->length != n || memcmp(record->bytes, bytes, n) != 0)
    contradict(proof, "the string emitted under id %" PRIu64 " is not written", id);
  else if (record->expected)
    contradict(proof, "id %" PRIu64 " was stolen twice", id);
  else
    record->expected = true;
}

static bool same_stack(const struct trace_proof *proof, const struct record *record,
                       const unsigned char *pcs, size_t n)
{
  if (record->length != n / PC_BYTES)
    return false;
  for (size_t i = 0; i < record->length; i++)
    if (proof->frame[record->first_frame + i].pc != corpus_pc(pcs + i * PC_BYTES))
      return false;
  return true;
}

static bool same_string(const struct record *record, const void *bytes, size_t n)
{
  if (n > TRACE_STRING_BYTES_MOST)
    n = TRACE_STRING_BYTES_MOST;
  return record->length == n && memcmp(record->bytes, bytes, n) == 0;
}

/* One id a key, and one put that added it. */
static void check_key(struct trace_proof *proof, const struct trace_put *put)
{
  struct key_state *key = &proof->key[put->key];
  if (key->generation != proof->generation)
    *key = (struct key_state){.generation = proof->generation, .id = put->id};
  if (key->id != put->id)
    contradict(proof, "%s %" PRIu64 " has ids %" PRIu64 " and %" PRIu64, word(put->kind), put->key,
               key->id, put->id);
  if (put->added && key->added)
    contradict(proof, "%s %" PRIu64 " was added twice", word(put->kind), put->key);
  key->added |= put->added;
}

static void check_written(struct trace_proof *proof, const struct trace_put *put)
{
  struct records *records = &proof->of[put->kind];
  struct record *record = find_id(records, put->id);
  if (!record) {
    contradict(proof, "the %s that thread %u put under id %" PRIu64 " is not written",
               word(put->kind), put->thread, put->id);
    return;
  }
  bool same = put->kind == CORPUS_STACK ? same_stack(proof, record, put->bytes, put->n)
                                        : same_string(record, put->bytes, put->n);
  if (!same)
    contradict(proof, "id %" PRIu64 " was given for a %s other than the one written", put->id,
               word(put->kind));
  if (put->kind == CORPUS_STRING && record->expected)
    contradict(proof, "id %" PRIu64 " was stolen, and given to a string", put->id);
  if (!put->added)
    return;
  if (record->adders++ > 0)
    contradict(proof, "two puts added %s %" PRIu64, word(put->kind), put->id);
  size_t position = (size_t)(record - records->record) + 1;
  if (put->kind == CORPUS_STRING && position < records->last[put->thread])
    contradict(proof,
               "strings %" PRIu64 " and %" PRIu64
               " are not written in the order in which thread %u added them",
               records->record[records->last[put->thread] - 1].id, put->id, put->thread);
  records->last[put->thread] = position;
}

void trace_proof_put(struct trace_proof *proof, const struct trace_put *put)
{
  records_complete(proof);
  if (put->id == 0)
    contradict(proof, "thread %u was refused a %s", put->thread, word(put->kind));
  check_key(proof, put);
  if (proof->with_batches && put->id)
    check_written(proof, put);
}

/* ---- the end ---- */

static void check_name(struct trace_proof *proof, uint64_t id, const char *name, size_t n)
{
  struct record *record = id ? find_id(&proof->of[CORPUS_STRING], id) : NULL;
  if (n == 0 ? id != 0 : !record || !same_string(record, name, n)) {
    contradict(proof, "a frame's name %.*s has id %" PRIu64 ", under which it is not written",
               (int)(n < 100 ? n : 100), name, id);
    return;
  }
  if (record)
    record->expected = true;
}

static void check_frames(struct trace_proof *proof)
{
  for (size_t i = 0; i < proof->frames && !proof->contradiction[0]; i++) {
    const struct trace_frame *frame = &proof->frame[i];
    const struct corpus_frame *known = corpus_frame(proof->corpus, frame->pc);
    check_name(proof, frame->function, known ? known->function : "",
               known ? known->function_length : 0);
    check_name(proof, frame->file, known ? known->file : "", known ? known->file_length : 0);
    if (frame->line != (known ? known->line : 0))
      contradict(proof, "the frame at %" PRIx64 " has line %" PRIu64, frame->pc, frame->line);
  }
}

/* Every record has one reason to be there. */
static void check_reasons(struct trace_proof *proof)
{
  for (enum corpus_kind kind = CORPUS_STRING; kind <= CORPUS_STACK; kind++) {
    const struct records *records = &proof->of[kind];
    for (size_t i = 0; i < records->count; i++)
      if (records->record[i].adders == 0 && !records->record[i].expected)
        contradict(proof, "a %s is written under id %" PRIu64 " that no put added", word(kind),
                   records->record[i].id);
    if (records->count && records->least_id > proof->threads + 1u)
      contradict(proof, "the ids of %ss start at %" PRIu64, word(kind), records->least_id);
  }
}

/* A string is written once. Those that were cut cannot be told apart. */
static void check_distinct(struct trace_proof *proof)
{
  struct records *records = &proof->of[CORPUS_STRING];
  struct index by_bytes = {0};
  if (!index_clear(&by_bytes, records->count)) {
    contradict(proof, "no memory to check %zu strings", records->count);
    return;
  }
  for (size_t i = 0; i < records->count; i++) {
    const struct record *record = &records->record[i];
    size_t at = XXH3_64bits(record->bytes, record->length) & (by_bytes.size - 1);
    if (record->length == TRACE_STRING_BYTES_MOST)
      continue;
    for (; by_bytes.slot[at]; at = (at + 1) & (by_bytes.size - 1)) {
      const struct record *other = &records->record[by_bytes.slot[at] - 1];
      if (same_string(other, record->bytes, record->length))
        contradict(proof, "one string is written under ids %" PRIu64 " and %" PRIu64, other->id,
                   record->id);
    }
    by_bytes.slot[at] = (uint32_t)i + 1;
  }
  free(by_bytes.slot);
}

bool trace_proof_end(struct trace_proof *proof)
{
  records_complete(proof);
  if (proof->with_batches && !proof->contradiction[0]) {
    check_frames(proof);
    check_reasons(proof);
    check_distinct(proof);
  }
  return !proof->contradiction[0];
}

const char *trace_proof_contradiction(const struct trace_proof *proof)
{
  return proof->contradiction;
}

/* ---- making ---- */

struct trace_proof *trace_proof_create(const struct corpus *corpus, uint64_t keys, unsigned threads)
{
  struct trace_proof *proof = calloc(1, sizeof *proof);
  if (!proof)
    return NULL;
  proof->corpus = corpus;
  proof->threads = threads;
  proof->keys = keys;
  proof->key = calloc(keys + 1, sizeof *proof->key);
  bool whole = proof->key;
  for (int kind = 0; kind < 2; kind++) {
    proof->of[kind].last = calloc(threads, sizeof(size_t));
    whole = whole && proof->of[kind].last;
  }
  if (whole)
    return proof;
  trace_proof_destroy(proof);
  return NULL;
}

void trace_proof_destroy(struct trace_proof *proof)
{
  if (!proof)
    return;
  for (int kind = 0; kind < 2; kind++) {
    free(proof->of[kind].record);
    free(proof->of[kind].by_id.slot);
    free(proof->of[kind].last);
  }
  free(proof->frame);
  free(proof->key);
  free(proof);
}

void trace_proof_begin(struct trace_proof *proof, uint64_t generation, bool with_batches)
{
  proof->generation = generation;
  proof->with_batches = with_batches;
  proof->indexed = false;
  proof->frames = 0;
  for (int kind = 0; kind < 2; kind++) {
    proof->of[kind].count = 0;
    proof->of[kind].least_id = UINT64_MAX;
    memset(proof->of[kind].last, 0, proof->threads * sizeof(size_t));
  }
}
