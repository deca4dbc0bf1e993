/* corpus_test.c: corpora in memory: building, symbols, figures. */
#include "corpus_sample.h"

#include <stdio.h>
#include <stdlib.h>

#include "corpus/corpus_summary.h"

/* ---- building ---- */

static void test_builder_keeps_distinct_items_and_order(void **state)
{
  (void)state;
  struct corpus *corpus = small_corpus();
  assert_int_equal(corpus->item_count, 4);
  assert_int_equal(corpus->string_count, 2);
  assert_int_equal(corpus->stack_count, 2);
  assert_int_equal(corpus->put_count, 8);
  assert_int_equal(corpus->stream_count, 2); /* the empty one is left out */
  static const uint32_t first[] = {0, 0, 1}, second[] = {2, 3, 3, 3, 0};
  assert_int_equal(corpus->streams[0].put_count, 3);
  assert_memory_equal(corpus->streams[0].puts, first, sizeof first);
  assert_int_equal(corpus->streams[1].put_count, 5);
  assert_memory_equal(corpus->streams[1].puts, second, sizeof second);
  assert_string_equal(corpus->streams[1].name, "tid");
  corpus_destroy(corpus);
}

static void test_stack_bytes_are_little_endian(void **state)
{
  (void)state;
  struct corpus *corpus = small_corpus();
  assert_int_equal(corpus->items[1].length, 40);
  for (size_t i = 0; i < 40; i++)
    assert_int_equal(corpus->items[1].bytes[i], (unsigned char)(pcs[i / 8] >> (i % 8 * 8)));
  for (size_t i = 0; i < corpus->item_count; i++)
    assert_int_equal((uintptr_t)corpus->items[i].bytes % 8, 0);
  corpus_destroy(corpus);
}

static void test_builder_finds_items_among_many(void **state)
{
  (void)state;
  enum { MANY = 20000 };
  struct corpus_builder *builder = corpus_builder_create(CORPUS_PUTS_MAX);
  for (unsigned round = 0; round < 2; round++)
    for (unsigned i = 0; i < MANY; i++) {
      char text[16];
      int n = snprintf(text, sizeof text, "%u", i);
      uint32_t stream = corpus_builder_stream(builder, "t", i % 1000);
      uint32_t item = corpus_builder_string(builder, text, (size_t)n);
      assert_int_equal(item, i);
      assert_true(corpus_builder_put(builder, stream, item, 1));
    }
  struct corpus *corpus = finish(builder);
  assert_int_equal(corpus->item_count, MANY);
  assert_int_equal(corpus->stream_count, 1000);
  corpus_destroy(corpus);
}

static void test_builder_failures_stay(void **state)
{
  (void)state;
  uint64_t deep[CORPUS_STACK_DEPTH_MAX + 1] = {0};
  for (unsigned i = 0; i < 5; i++) {
    struct corpus_builder *builder = corpus_builder_create(10);
    uint32_t stream = corpus_builder_stream(builder, "t", 0);
    uint32_t item = corpus_builder_string(builder, "x", 1);
    assert_true(corpus_builder_put(builder, stream, item, 1));
    assert_null(corpus_builder_failure(builder));
    switch (i) {
    case 0:
      assert_true(corpus_builder_put(builder, stream, item, 9));
      assert_false(corpus_builder_put(builder, stream, item, 1));
      break;
    case 1:
      assert_int_equal(corpus_builder_string(builder, "", 0), CORPUS_NONE);
      break;
    case 2:
      assert_int_equal(corpus_builder_stack(builder, deep, CORPUS_STACK_DEPTH_MAX + 1),
                       CORPUS_NONE);
      break;
    case 3:
      assert_int_equal(corpus_builder_stack(builder, deep, 0), CORPUS_NONE);
      break;
    default:
      assert_true(corpus_builder_put(builder, stream, item, 1));
      assert_false(corpus_builder_put(builder, stream, item, SIZE_MAX));
    }
    assert_non_null(corpus_builder_failure(builder));
    assert_false(corpus_builder_put(builder, stream, item, 0));
    assert_int_equal(corpus_builder_string(builder, "y", 1), CORPUS_NONE);
    assert_null(corpus_builder_finish(builder));
    corpus_builder_destroy(builder);
  }
}

static void test_builder_refuses_empty_and_unused(void **state)
{
  (void)state;
  struct corpus_builder *builder = corpus_builder_create(CORPUS_PUTS_MAX);
  corpus_builder_stream(builder, "t", 0);
  assert_null(corpus_builder_finish(builder));
  assert_string_equal(corpus_builder_failure(builder), "holds no put");
  corpus_builder_destroy(builder);

  builder = corpus_builder_create(CORPUS_PUTS_MAX);
  uint32_t stream = corpus_builder_stream(builder, "t", 0);
  assert_true(corpus_builder_put(builder, stream, corpus_builder_string(builder, "x", 1), 1));
  corpus_builder_string(builder, "y", 1);
  assert_null(corpus_builder_finish(builder));
  assert_string_equal(corpus_builder_failure(builder), "holds an item that no stream puts");
  corpus_builder_destroy(builder);
}

static void test_symbols_are_sorted_and_found(void **state)
{
  (void)state;
  struct corpus *corpus = small_corpus();
  assert_int_equal(corpus->frame_count, PLACES);
  for (size_t i = 0; i < PLACES; i++) {
    const struct corpus_frame *frame = corpus_frame(corpus, places[i].pc);
    assert_ptr_equal(frame, &corpus->frames[i]);
    assert_true(frame->pc == places[i].pc);
    assert_same_bytes(frame->function, frame->function_length, places[i].function,
                      (uint32_t)strlen(places[i].function));
    assert_same_bytes(frame->file, frame->file_length, places[i].file,
                      (uint32_t)strlen(places[i].file));
    assert_int_equal(frame->line, places[i].line);
  }
  static const uint64_t unknown[] = {1, 0x400fff, 0x401002, 0xffffffff82255667, UINT64_MAX - 1};
  for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
    assert_null(corpus_frame(corpus, unknown[i]));
  static const char *const names[] = {"f", "main", "main.c", "a b.c"}; /* by first use */
  assert_int_equal(corpus->name_count, 4);
  for (size_t i = 0; i < 4; i++)
    assert_same_bytes(corpus->names[i].bytes, corpus->names[i].length, names[i],
                      (uint32_t)strlen(names[i]));
  assert_ptr_equal(corpus->frames[2].function, corpus->frames[1].file);
  corpus_destroy(corpus);
}

static void test_the_first_symbols_stay(void **state)
{
  (void)state;
  struct corpus_builder *builder = corpus_builder_create(10);
  uint64_t pc = 7;
  uint32_t stream = corpus_builder_stream(builder, "t", 0);
  assert_true(corpus_builder_put(builder, stream, corpus_builder_stack(builder, &pc, 1), 1));
  uint32_t f = corpus_builder_name(builder, "f", 1), g = corpus_builder_name(builder, "g", 1);
  assert_int_equal(corpus_builder_name(builder, "f", 1), f);
  assert_true(corpus_builder_frame(builder, pc, f, CORPUS_NONE, 3));
  assert_true(corpus_builder_frame(builder, pc, f, CORPUS_NONE, 3));
  assert_int_equal(corpus_builder_frame_conflicts(builder), 0);
  assert_true(corpus_builder_frame(builder, pc, g, CORPUS_NONE, 3));
  assert_true(corpus_builder_frame(builder, pc, f, g, 3));
  assert_true(corpus_builder_frame(builder, pc, f, CORPUS_NONE, 4));
  assert_int_equal(corpus_builder_frame_conflicts(builder), 3);
  struct corpus *corpus = finish(builder);
  assert_int_equal(corpus->frame_count, 1);
  assert_int_equal(corpus->name_count, 1);
  assert_same_bytes(corpus_frame(corpus, pc)->function, 1, "f", 1);
  assert_int_equal(corpus_frame(corpus, pc)->line, 3);
  corpus_destroy(corpus);
}

static void test_builder_refuses_bad_symbols(void **state)
{
  (void)state;
  char *text = calloc(CORPUS_STRING_BYTES_MAX + 1, 1);
  assert_non_null(text);
  for (unsigned i = 0; i < 3; i++) {
    struct corpus_builder *builder = corpus_builder_create(10);
    uint64_t pc = 7;
    uint32_t stream = corpus_builder_stream(builder, "t", 0);
    assert_true(corpus_builder_put(builder, stream, corpus_builder_stack(builder, &pc, 1), 1));
    size_t n = i == 0 ? 0 : CORPUS_STRING_BYTES_MAX + (i == 1);
    uint32_t name = corpus_builder_name(builder, text, n);
    if (i < 2) {
      assert_int_equal(name, CORPUS_NONE);
      assert_string_equal(corpus_builder_failure(builder), "a name must have 1 to 1048576 bytes");
      assert_false(corpus_builder_frame(builder, pc, name, CORPUS_NONE, 0));
      assert_null(corpus_builder_finish(builder));
    } else {
      assert_true(corpus_builder_frame(builder, pc + 1, name, CORPUS_NONE, 0));
      assert_null(corpus_builder_finish(builder));
      assert_string_equal(corpus_builder_failure(builder),
                          "names a program counter that no stack holds");
    }
    corpus_builder_destroy(builder);
  }
  free(text);
}

static void test_names_and_frames_among_many(void **state)
{
  (void)state;
  enum { MANY = 20000 };
  struct corpus_builder *builder = corpus_builder_create(MANY);
  uint32_t stream = corpus_builder_stream(builder, "t", 0);
  for (uint64_t i = 0; i < MANY; i++) {
    uint64_t pc = (i * 7919) % MANY; /* a prime: every number once */
    char name[16];
    int n = snprintf(name, sizeof name, "%u", (unsigned)(pc / 2));
    uint32_t function = corpus_builder_name(builder, name, (size_t)n);
    assert_true(corpus_builder_put(builder, stream, corpus_builder_stack(builder, &pc, 1), 1));
    assert_true(corpus_builder_frame(builder, pc, function, CORPUS_NONE, (uint32_t)pc));
  }
  struct corpus *corpus = finish(builder);
  assert_int_equal(corpus->frame_count, MANY);
  assert_int_equal(corpus->name_count, MANY / 2);
  for (uint64_t pc = 0; pc < MANY; pc++) {
    char name[16];
    int n = snprintf(name, sizeof name, "%u", (unsigned)(pc / 2));
    const struct corpus_frame *frame = corpus_frame(corpus, pc);
    assert_non_null(frame);
    assert_same_bytes(frame->function, frame->function_length, name, (uint32_t)n);
    assert_int_equal(frame->line, pc);
  }
  assert_null(corpus_frame(corpus, MANY));
  corpus_destroy(corpus);
}

/* ---- summary ---- */

static void test_summary(void **state)
{
  (void)state;
  struct corpus *corpus = small_corpus();
  struct corpus_summary summary;
  assert_true(corpus_summarize(corpus, &summary));
  assert_int_equal(summary.puts, 8);
  assert_int_equal(summary.distinct, 4);
  assert_true(summary.repeat_share == 0.5);
  assert_int_equal(summary.strings.puts, 4);
  assert_int_equal(summary.strings.distinct, 2);
  assert_int_equal(summary.strings.bytes, 11);
  assert_int_equal(summary.strings.sizes.min, 3);
  assert_int_equal(summary.strings.sizes.median, 3);
  assert_int_equal(summary.strings.sizes.p99, 8);
  assert_int_equal(summary.strings.sizes.max, 8);
  assert_int_equal(summary.stacks.puts, 4);
  assert_int_equal(summary.stacks.distinct, 2);
  assert_int_equal(summary.depths.min, 1);
  assert_int_equal(summary.depths.max, 5);
  assert_int_equal(summary.stream_puts.min, 3);
  assert_int_equal(summary.stream_puts.max, 5);
  assert_int_equal(summary.symbols.pcs, 6);
  assert_int_equal(summary.symbols.frames, PLACES);
  assert_true(summary.symbols.share == 5.0 / 6);
  assert_int_equal(summary.symbols.names, 4);
  assert_int_equal(summary.symbols.name_bytes, 16);
  corpus_destroy(corpus);
}

static void test_summary_of_100_sizes(void **state)
{
  (void)state;
  struct corpus_builder *builder = corpus_builder_create(CORPUS_PUTS_MAX);
  uint32_t stream = corpus_builder_stream(builder, "t", 0);
  static const char text[200];
  for (size_t n = 100; n > 0; n--)
    assert_true(corpus_builder_put(builder, stream, corpus_builder_string(builder, text, n), 1));
  struct corpus *corpus = finish(builder);
  struct corpus_summary summary;
  assert_true(corpus_summarize(corpus, &summary));
  assert_int_equal(summary.strings.sizes.min, 1);
  assert_int_equal(summary.strings.sizes.median, 50);
  assert_int_equal(summary.strings.sizes.p99, 99);
  assert_int_equal(summary.strings.sizes.max, 100);
  assert_int_equal(summary.stacks.sizes.max, 0);
  assert_int_equal(summary.symbols.pcs, 0);
  assert_true(summary.symbols.share == 0);
  assert_true(summary.repeat_share == 0);
  corpus_destroy(corpus);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_builder_keeps_distinct_items_and_order),
      cmocka_unit_test(test_stack_bytes_are_little_endian),
      cmocka_unit_test(test_builder_finds_items_among_many),
      cmocka_unit_test(test_builder_failures_stay),
      cmocka_unit_test(test_builder_refuses_empty_and_unused),
      cmocka_unit_test(test_symbols_are_sorted_and_found),
      cmocka_unit_test(test_the_first_symbols_stay),
      cmocka_unit_test(test_builder_refuses_bad_symbols),
      cmocka_unit_test(test_names_and_frames_among_many),
      cmocka_unit_test(test_summary),
      cmocka_unit_test(test_summary_of_100_sizes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
