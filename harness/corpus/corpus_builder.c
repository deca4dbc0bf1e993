/* corpus_builder.c: see corpus_builder.h. */
#include "corpus/corpus_builder.h"

#include "corpus/array.h"
#include "corpus/hash_index.h"
#include "corpus/symbol_table.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

_Static_assert(CORPUS_NONE == SYMBOL_NONE, "names go through as they are");

struct built_item {
  size_t offset; /* in bytes of the builder: they move while they grow */
  uint32_t length;
  enum corpus_kind kind;
  bool is_put;
};

struct built_stream {
  char *name;
  uint64_t thread;
  uint32_t *puts;
  size_t put_count, put_capacity;
};

struct corpus_builder {
  const char *failure;
  size_t puts_max, put_count;
  unsigned char *bytes;
  size_t byte_count, byte_capacity;
  struct built_item *items;
  size_t item_count, item_capacity;
  struct built_stream *streams;
  size_t stream_count, stream_capacity;
  struct hash_index item_index, stream_index;
  struct symbol_table symbols;
};

struct corpus_builder *corpus_builder_create(size_t puts_max)
{
  struct corpus_builder *builder = calloc(1, sizeof *builder);
  if (builder != NULL)
    builder->puts_max = puts_max < CORPUS_PUTS_MAX ? puts_max : CORPUS_PUTS_MAX;
  return builder;
}

void corpus_builder_destroy(struct corpus_builder *builder)
{
  if (builder == NULL)
    return;
  for (size_t i = 0; i < builder->stream_count; i++) {
    free(builder->streams[i].name);
    free(builder->streams[i].puts);
  }
  hash_index_fini(&builder->item_index);
  hash_index_fini(&builder->stream_index);
  symbol_table_fini(&builder->symbols);
  free(builder->bytes);
  free(builder->items);
  free(builder->streams);
  free(builder);
}

static bool fail(struct corpus_builder *builder, const char *failure)
{
  if (builder->failure == NULL)
    builder->failure = failure;
  return false;
}

/* array_reserve, but no memory is the builder's failure. */
static void *reserve(struct corpus_builder *builder, void *array, size_t *capacity, size_t count,
                     size_t element_bytes)
{
  void *larger = array_reserve(array, capacity, count, element_bytes);
  if (larger == NULL)
    fail(builder, "out of memory");
  return larger;
}

struct wanted_item {
  const struct corpus_builder *builder;
  const void *bytes;
  size_t n;
  enum corpus_kind kind;
};

static bool item_equal(const void *arg, uint32_t number)
{
  const struct wanted_item *wanted = arg;
  const struct built_item *item = &wanted->builder->items[number];
  return item->kind == wanted->kind && item->length == wanted->n &&
         memcmp(wanted->builder->bytes + item->offset, wanted->bytes, wanted->n) == 0;
}

static uint32_t intern(struct corpus_builder *builder, enum corpus_kind kind, const void *bytes,
                       size_t n)
{
  if (builder->failure != NULL)
    return CORPUS_NONE;
  struct wanted_item wanted = {.builder = builder, .bytes = bytes, .n = n, .kind = kind};
  uint64_t hash = XXH3_64bits_withSeed(bytes, n, (XXH64_hash_t)kind);
  uint32_t found = hash_index_find(&builder->item_index, hash, item_equal, &wanted);
  if (found != HASH_INDEX_NONE)
    return found;

  size_t padded = (n + 7) & ~(size_t)7;
  if (builder->byte_count + padded > CORPUS_FILE_BYTES_MAX) {
    fail(builder, "more bytes of distinct items than a corpus may hold (256 MiB); import less");
    return CORPUS_NONE;
  }
  unsigned char *all =
      reserve(builder, builder->bytes, &builder->byte_capacity, builder->byte_count + padded, 1);
  if (all == NULL)
    return CORPUS_NONE;
  builder->bytes = all;
  struct built_item *items = reserve(builder, builder->items, &builder->item_capacity,
                                     builder->item_count + 1, sizeof *items);
  if (items == NULL)
    return CORPUS_NONE;
  builder->items = items;
  uint32_t number = (uint32_t)builder->item_count; /* < 2^25: each takes 8 bytes or more */
  if (!hash_index_add(&builder->item_index, hash, number)) {
    fail(builder, "out of memory");
    return CORPUS_NONE;
  }
  memcpy(builder->bytes + builder->byte_count, bytes, n);
  memset(builder->bytes + builder->byte_count + n, 0, padded - n);
  builder->items[number] =
      (struct built_item){.offset = builder->byte_count, .length = (uint32_t)n, .kind = kind};
  builder->item_count++;
  builder->byte_count += padded;
  return number;
}

uint32_t corpus_builder_string(struct corpus_builder *builder, const void *bytes, size_t n)
{
  if (n == 0 || n > CORPUS_STRING_BYTES_MAX) {
    fail(builder, "a string must have 1 to 1048576 bytes");
    return CORPUS_NONE;
  }
  return intern(builder, CORPUS_STRING, bytes, n);
}

uint32_t corpus_builder_stack(struct corpus_builder *builder, const uint64_t *pcs, size_t depth)
{
  if (depth == 0 || depth > CORPUS_STACK_DEPTH_MAX) {
    fail(builder, "a stack must have 1 to 128 frames");
    return CORPUS_NONE;
  }
  unsigned char bytes[CORPUS_STACK_DEPTH_MAX * 8];
  for (size_t i = 0; i < depth * 8; i++)
    bytes[i] = (unsigned char)(pcs[i / 8] >> (i % 8 * 8));
  return intern(builder, CORPUS_STACK, bytes, depth * 8);
}

struct wanted_stream {
  const struct corpus_builder *builder;
  const char *name;
  uint64_t thread;
};

static bool stream_equal(const void *arg, uint32_t number)
{
  const struct wanted_stream *wanted = arg;
  const struct built_stream *stream = &wanted->builder->streams[number];
  return stream->thread == wanted->thread && strcmp(stream->name, wanted->name) == 0;
}

uint32_t corpus_builder_stream(struct corpus_builder *builder, const char *name, uint64_t thread)
{
  if (builder->failure != NULL)
    return CORPUS_NONE;
  struct wanted_stream wanted = {.builder = builder, .name = name, .thread = thread};
  uint64_t hash = XXH3_64bits_withSeed(name, strlen(name), thread);
  uint32_t found = hash_index_find(&builder->stream_index, hash, stream_equal, &wanted);
  if (found != HASH_INDEX_NONE)
    return found;

  struct built_stream *streams = reserve(builder, builder->streams, &builder->stream_capacity,
                                         builder->stream_count + 1, sizeof *streams);
  if (streams == NULL)
    return CORPUS_NONE;
  builder->streams = streams;
  char *copy = strdup(name);
  uint32_t number = (uint32_t)builder->stream_count;
  if (copy == NULL || number == CORPUS_NONE ||
      !hash_index_add(&builder->stream_index, hash, number)) {
    free(copy);
    fail(builder, "out of memory");
    return CORPUS_NONE;
  }
  builder->streams[number] = (struct built_stream){.name = copy, .thread = thread};
  builder->stream_count++;
  return number;
}

bool corpus_builder_put(struct corpus_builder *builder, uint32_t stream, uint32_t item,
                        size_t times)
{
  if (builder->failure != NULL || stream == CORPUS_NONE || item == CORPUS_NONE)
    return false;
  if (times > builder->puts_max - builder->put_count)
    return fail(builder, builder->puts_max == CORPUS_PUTS_MAX
                             ? "more puts than a corpus may hold (67108864); import less"
                             : "more puts than were allowed");
  struct built_stream *to = &builder->streams[stream];
  uint32_t *puts =
      reserve(builder, to->puts, &to->put_capacity, to->put_count + times, sizeof *puts);
  if (puts == NULL)
    return false;
  to->puts = puts;
  for (size_t i = 0; i < times; i++)
    to->puts[to->put_count++] = item;
  builder->put_count += times;
  builder->items[item].is_put |= times > 0;
  return true;
}

uint32_t corpus_builder_name(struct corpus_builder *builder, const void *bytes, size_t n)
{
  const char *failure = NULL;
  if (builder->failure != NULL)
    return CORPUS_NONE;
  uint32_t name = symbol_table_name(&builder->symbols, bytes, n, &failure);
  if (failure == NULL)
    return name;
  fail(builder, failure);
  return CORPUS_NONE;
}

bool corpus_builder_frame(struct corpus_builder *builder, uint64_t pc, uint32_t function,
                          uint32_t file, uint32_t line)
{
  const char *failure = NULL;
  if (builder->failure != NULL || function == CORPUS_NONE)
    return false;
  return symbol_table_frame(&builder->symbols, pc, function, file, line, &failure) ||
         fail(builder, failure);
}

size_t corpus_builder_frame_conflicts(const struct corpus_builder *builder)
{
  return builder->symbols.conflicts;
}

size_t corpus_builder_item_count(const struct corpus_builder *builder)
{
  return builder->item_count;
}

size_t corpus_builder_stream_count(const struct corpus_builder *builder)
{
  return builder->stream_count;
}

size_t corpus_builder_name_count(const struct corpus_builder *builder)
{
  return builder->symbols.name_count;
}

size_t corpus_builder_put_count(const struct corpus_builder *builder)
{
  return builder->put_count;
}

const char *corpus_builder_failure(const struct corpus_builder *builder)
{
  return builder->failure;
}

/* Sets the items and their bytes; returns what follows the bytes. */
static void *copy_items(const struct corpus_builder *builder, struct corpus *corpus,
                        struct corpus_item *items, unsigned char *bytes)
{
  memcpy(bytes, builder->bytes, builder->byte_count);
  for (size_t i = 0; i < builder->item_count; i++) {
    const struct built_item *item = &builder->items[i];
    items[i] = (struct corpus_item){
        .bytes = bytes + item->offset, .length = item->length, .kind = item->kind};
    if (item->kind == CORPUS_STRING)
      corpus->string_count++;
    else
      corpus->stack_count++;
  }
  corpus->items = items;
  corpus->item_count = builder->item_count;
  return bytes + builder->byte_count;
}

/* Returns what follows the names. */
static char *copy_streams(const struct corpus_builder *builder, struct corpus *corpus,
                          struct corpus_stream *streams, uint32_t *puts)
{
  char *name = (char *)(puts + builder->put_count);
  for (size_t i = 0; i < builder->stream_count; i++) {
    const struct built_stream *stream = &builder->streams[i];
    if (stream->put_count == 0)
      continue;
    memcpy(puts, stream->puts, stream->put_count * sizeof *puts);
    strcpy(name, stream->name);
    streams[corpus->stream_count++] = (struct corpus_stream){
        .name = name, .thread = stream->thread, .puts = puts, .put_count = stream->put_count};
    puts += stream->put_count;
    name += strlen(name) + 1;
  }
  corpus->streams = streams;
  corpus->put_count = builder->put_count;
  return name;
}

/* Is every named program counter one of some stack? */
static bool frames_are_used(struct corpus_builder *builder)
{
  if (builder->symbols.frame_count == 0)
    return true;
  for (size_t i = 0; i < builder->item_count; i++) {
    const struct built_item *item = &builder->items[i];
    if (item->kind != CORPUS_STACK)
      continue;
    for (size_t at = 0; at < item->length; at += 8)
      symbol_table_use(&builder->symbols, corpus_pc(builder->bytes + item->offset + at));
  }
  return symbol_table_is_used(&builder->symbols);
}

struct corpus *corpus_builder_finish(struct corpus_builder *builder)
{
  if (builder->failure != NULL)
    return NULL;
  if (builder->put_count == 0) {
    fail(builder, "holds no put");
    return NULL;
  }
  for (size_t i = 0; i < builder->item_count; i++)
    if (!builder->items[i].is_put) {
      fail(builder, "holds an item that no stream puts");
      return NULL;
    }
  if (!frames_are_used(builder)) {
    fail(builder, "names a program counter that no stack holds");
    return NULL;
  }

  const struct symbol_table *symbols = &builder->symbols;
  size_t name_bytes = symbols->byte_count;
  for (size_t i = 0; i < builder->stream_count; i++)
    name_bytes += strlen(builder->streams[i].name) + 1;
  /* One block, the strictest alignment first: corpus, items, streams, frames, names of frames,
   * bytes of items, puts, bytes of names. */
  struct corpus *corpus =
      malloc(sizeof *corpus + builder->item_count * sizeof(struct corpus_item) +
             builder->stream_count * sizeof(struct corpus_stream) +
             symbols->frame_count * sizeof(struct corpus_frame) +
             symbols->name_count * sizeof(struct corpus_name) + builder->byte_count +
             builder->put_count * sizeof(uint32_t) + name_bytes);
  if (corpus == NULL) {
    fail(builder, "out of memory");
    return NULL;
  }
  *corpus = (struct corpus){0};
  struct corpus_item *items = (struct corpus_item *)(corpus + 1);
  struct corpus_stream *streams = (struct corpus_stream *)(items + builder->item_count);
  struct corpus_frame *frames = (struct corpus_frame *)(streams + builder->stream_count);
  struct corpus_name *names = (struct corpus_name *)(frames + symbols->frame_count);
  unsigned char *bytes = (unsigned char *)(names + symbols->name_count);
  uint32_t *puts = copy_items(builder, corpus, items, bytes);
  char *name = copy_streams(builder, corpus, streams, puts);
  symbol_table_copy(&builder->symbols, corpus, frames, names, name);
  fail(builder, "the corpus is finished");
  return corpus;
}
