/* corpus_sample.h: the corpus that the tests of corpora start from. */
#ifndef TMB_CORPUS_SAMPLE_H
#define TMB_CORPUS_SAMPLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "corpus/corpus_builder.h"

static inline struct corpus *finish(struct corpus_builder *builder)
{
  struct corpus *corpus = corpus_builder_finish(builder);
  assert_non_null(corpus);
  corpus_builder_destroy(builder);
  return corpus;
}

static const uint64_t pcs[] = {0x401000, 0xffffffff82255667, 0, UINT64_MAX, 0x401001};

/* What small_corpus knows of program counters, in the order of the corpus. */
static const struct {
  uint64_t pc;
  const char *function, *file;
  uint32_t line;
} places[] = {
    {0, "f", "", 0},
    {0x401000, "main", "main.c", UINT32_MAX},
    {0x401001, "main.c", "main.c", 1}, /* one name for two things */
    {0x3837363534333231, "f", "a b.c", 7},
    {UINT64_MAX, "main", "", 7},
};

#define PLACES (sizeof places / sizeof *places)

static inline void name_places(struct corpus_builder *builder)
{
  for (size_t i = PLACES; i-- > 0;) { /* the order of the calls is not that of the corpus */
    uint32_t file = CORPUS_NONE;
    uint32_t function =
        corpus_builder_name(builder, places[i].function, strlen(places[i].function));
    if (places[i].file[0] != '\0')
      file = corpus_builder_name(builder, places[i].file, strlen(places[i].file));
    assert_true(corpus_builder_frame(builder, places[i].pc, function, file, places[i].line));
  }
}

/* Both kinds, repeats, an empty stream, extreme values, symbols. */
static inline struct corpus *small_corpus(void)
{
  struct corpus_builder *builder = corpus_builder_create(CORPUS_PUTS_MAX);
  assert_non_null(builder);
  uint32_t first = corpus_builder_stream(builder, "m", UINT64_MAX);
  corpus_builder_stream(builder, "empty", 0);
  uint32_t second = corpus_builder_stream(builder, "tid", 3);
  uint32_t text = corpus_builder_string(builder, "a\0b", 3);
  uint32_t stack = corpus_builder_stack(builder, pcs, 5);
  uint32_t same_bytes = corpus_builder_string(builder, "12345678", 8);
  assert_true(corpus_builder_put(builder, first, text, 2));
  assert_true(corpus_builder_put(builder, first, stack, 1));
  assert_true(corpus_builder_put(builder, second, same_bytes, 1));
  uint64_t pc = 0x3837363534333231; /* the same bytes as a stack */
  assert_true(corpus_builder_put(builder, second, corpus_builder_stack(builder, &pc, 1), 3));
  assert_true(corpus_builder_put(builder, second, text, 1));
  name_places(builder);
  corpus_builder_name(builder, "of no frame", 11);
  return finish(builder);
}

static inline void assert_same_bytes(const char *left, uint32_t left_length, const char *right,
                                     uint32_t right_length)
{
  assert_int_equal(left_length, right_length);
  assert_memory_equal(left, right, left_length);
}

static inline void assert_same_symbols(const struct corpus *left, const struct corpus *right)
{
  assert_int_equal(left->frame_count, right->frame_count);
  assert_int_equal(left->name_count, right->name_count);
  for (size_t i = 0; i < left->frame_count; i++) {
    const struct corpus_frame *a = &left->frames[i], *b = &right->frames[i];
    assert_true(a->pc == b->pc);
    assert_same_bytes(a->function, a->function_length, b->function, b->function_length);
    assert_same_bytes(a->file, a->file_length, b->file, b->file_length);
    assert_int_equal(a->line, b->line);
  }
  for (size_t i = 0; i < left->name_count; i++)
    assert_same_bytes(left->names[i].bytes, left->names[i].length, right->names[i].bytes,
                      right->names[i].length);
}

static inline void assert_same(const struct corpus *left, const struct corpus *right)
{
  assert_int_equal(left->item_count, right->item_count);
  assert_int_equal(left->string_count, right->string_count);
  assert_int_equal(left->stack_count, right->stack_count);
  assert_int_equal(left->stream_count, right->stream_count);
  assert_int_equal(left->put_count, right->put_count);
  for (size_t i = 0; i < left->item_count; i++) {
    assert_int_equal(left->items[i].kind, right->items[i].kind);
    assert_int_equal(left->items[i].length, right->items[i].length);
    assert_memory_equal(left->items[i].bytes, right->items[i].bytes, left->items[i].length);
  }
  for (size_t i = 0; i < left->stream_count; i++) {
    assert_string_equal(left->streams[i].name, right->streams[i].name);
    assert_true(left->streams[i].thread == right->streams[i].thread);
    assert_int_equal(left->streams[i].put_count, right->streams[i].put_count);
    assert_memory_equal(left->streams[i].puts, right->streams[i].puts,
                        left->streams[i].put_count * sizeof(uint32_t));
  }
  assert_same_symbols(left, right);
}

#endif
