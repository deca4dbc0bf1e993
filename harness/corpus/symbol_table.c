/* symbol_table.c: see symbol_table.h. */
#include "corpus/symbol_table.h"

#include "corpus/array.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct symbol_name {
  size_t offset; /* in bytes of the table: they move while they grow */
  uint32_t length;
  uint32_t copy; /* its number in the corpus; SYMBOL_NONE until it has one */
};

struct symbol_frame {
  uint64_t pc;
  uint32_t function, file; /* names; file may be SYMBOL_NONE */
  uint32_t line;
  bool is_used;
};

void symbol_table_fini(struct symbol_table *table)
{
  hash_index_fini(&table->name_index);
  hash_index_fini(&table->frame_index);
  free(table->bytes);
  free(table->names);
  free(table->frames);
  *table = (struct symbol_table){0};
}

struct wanted_name {
  const struct symbol_table *table;
  const void *bytes;
  size_t n;
};

static bool name_equal(const void *arg, uint32_t number)
{
  const struct wanted_name *wanted = arg;
  const struct symbol_name *name = &wanted->table->names[number];
  return name->length == wanted->n &&
         memcmp(wanted->table->bytes + name->offset, wanted->bytes, wanted->n) == 0;
}

uint32_t symbol_table_name(struct symbol_table *table, const void *bytes, size_t n,
                           const char **failure)
{
  if (n == 0 || n > CORPUS_STRING_BYTES_MAX) {
    *failure = "a name must have 1 to 1048576 bytes";
    return SYMBOL_NONE;
  }
  struct wanted_name wanted = {.table = table, .bytes = bytes, .n = n};
  uint64_t hash = XXH3_64bits(bytes, n);
  uint32_t found = hash_index_find(&table->name_index, hash, name_equal, &wanted);
  if (found != HASH_INDEX_NONE)
    return found;

  if (table->name_count == CORPUS_SYMBOLS_MAX || table->byte_count + n > CORPUS_FILE_BYTES_MAX) {
    *failure = "more names than a corpus may hold (4194304, 256 MiB); import less";
    return SYMBOL_NONE;
  }
  *failure = "out of memory";
  char *all = array_reserve(table->bytes, &table->byte_capacity, table->byte_count + n, 1);
  if (all == NULL)
    return SYMBOL_NONE;
  table->bytes = all;
  struct symbol_name *names =
      array_reserve(table->names, &table->name_capacity, table->name_count + 1, sizeof *names);
  if (names == NULL)
    return SYMBOL_NONE;
  table->names = names;
  uint32_t number = (uint32_t)table->name_count;
  if (!hash_index_add(&table->name_index, hash, number))
    return SYMBOL_NONE;
  *failure = NULL;
  memcpy(table->bytes + table->byte_count, bytes, n);
  names[number] =
      (struct symbol_name){.offset = table->byte_count, .length = (uint32_t)n, .copy = SYMBOL_NONE};
  table->byte_count += n;
  table->name_count++;
  return number;
}

struct wanted_frame {
  const struct symbol_table *table;
  uint64_t pc;
};

static bool frame_equal(const void *arg, uint32_t number)
{
  const struct wanted_frame *wanted = arg;
  return wanted->table->frames[number].pc == wanted->pc;
}

/* The frame of pc, or HASH_INDEX_NONE; *hash for adding it. */
static uint32_t find_frame(const struct symbol_table *table, uint64_t pc, uint64_t *hash)
{
  struct wanted_frame wanted = {.table = table, .pc = pc};
  *hash = XXH3_64bits(&pc, sizeof pc);
  return hash_index_find(&table->frame_index, *hash, frame_equal, &wanted);
}

bool symbol_table_frame(struct symbol_table *table, uint64_t pc, uint32_t function, uint32_t file,
                        uint32_t line, const char **failure)
{
  uint64_t hash;
  uint32_t found = find_frame(table, pc, &hash);
  if (found != HASH_INDEX_NONE) {
    const struct symbol_frame *frame = &table->frames[found];
    table->conflicts += frame->function != function || frame->file != file || frame->line != line;
    return true;
  }
  if (table->frame_count == CORPUS_SYMBOLS_MAX) {
    *failure = "more named frames than a corpus may hold (4194304); import less";
    return false;
  }
  *failure = "out of memory";
  struct symbol_frame *frames =
      array_reserve(table->frames, &table->frame_capacity, table->frame_count + 1, sizeof *frames);
  if (frames == NULL)
    return false;
  table->frames = frames;
  if (!hash_index_add(&table->frame_index, hash, (uint32_t)table->frame_count))
    return false;
  *failure = NULL;
  frames[table->frame_count++] =
      (struct symbol_frame){.pc = pc, .function = function, .file = file, .line = line};
  return true;
}

void symbol_table_use(struct symbol_table *table, uint64_t pc)
{
  uint64_t hash;
  uint32_t found = find_frame(table, pc, &hash);
  if (found != HASH_INDEX_NONE)
    table->frames[found].is_used = true;
}

bool symbol_table_is_used(const struct symbol_table *table)
{
  for (size_t i = 0; i < table->frame_count; i++)
    if (!table->frames[i].is_used)
      return false;
  return true;
}

static int by_pc(const void *left, const void *right)
{
  uint64_t a = ((const struct symbol_frame *)left)->pc;
  uint64_t b = ((const struct symbol_frame *)right)->pc;
  return (a > b) - (a < b);
}

/* The name's copy in the corpus, made where it is the first time that the name is needed. */
static struct corpus_name copy_name(struct symbol_table *table, uint32_t number,
                                    struct corpus *corpus, struct corpus_name *names, char **bytes)
{
  struct symbol_name *name = &table->names[number];
  if (name->copy == SYMBOL_NONE) {
    name->copy = (uint32_t)corpus->name_count++;
    memcpy(*bytes, table->bytes + name->offset, name->length);
    names[name->copy] = (struct corpus_name){.bytes = *bytes, .length = name->length};
    *bytes += name->length;
  }
  return names[name->copy];
}

void symbol_table_copy(struct symbol_table *table, struct corpus *corpus,
                       struct corpus_frame *frames, struct corpus_name *names, char *bytes)
{
  hash_index_fini(&table->frame_index); /* its numbers end here */
  if (table->frame_count > 0)
    qsort(table->frames, table->frame_count, sizeof *table->frames, by_pc);
  corpus->names = names;
  corpus->name_count = 0;
  corpus->frames = frames;
  corpus->frame_count = table->frame_count;
  for (size_t i = 0; i < table->frame_count; i++) {
    const struct symbol_frame *from = &table->frames[i];
    struct corpus_name function = copy_name(table, from->function, corpus, names, &bytes);
    struct corpus_name file = {.bytes = ""};
    if (from->file != SYMBOL_NONE)
      file = copy_name(table, from->file, corpus, names, &bytes);
    frames[i] = (struct corpus_frame){.pc = from->pc,
                                      .function = function.bytes,
                                      .function_length = function.length,
                                      .file = file.bytes,
                                      .file_length = file.length,
                                      .line = from->line};
  }
}
