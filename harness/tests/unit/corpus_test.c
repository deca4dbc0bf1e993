/* corpus_test.c: the corpus format: what is written is read again, and nothing else is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "corpus/corpus_builder.h"
#include "corpus/corpus_image.h"
#include "corpus/corpus_summary.h"

/* ---- what is tested on ---- */

static struct corpus *finish(struct corpus_builder *builder)
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

static void name_places(struct corpus_builder *builder)
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
static struct corpus *small_corpus(void)
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

static void assert_same_bytes(const char *left, uint32_t left_length, const char *right,
                              uint32_t right_length)
{
  assert_int_equal(left_length, right_length);
  assert_memory_equal(left, right, left_length);
}

static void assert_same_symbols(const struct corpus *left, const struct corpus *right)
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

static void assert_same(const struct corpus *left, const struct corpus *right)
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

static bool is_same(const struct corpus *left, const struct corpus *right)
{
  struct corpus_error error;
  size_t left_bytes, right_bytes;
  unsigned char *a = corpus_image_encode(left, "left", &left_bytes, &error);
  unsigned char *b = corpus_image_encode(right, "right", &right_bytes, &error);
  assert_non_null(a);
  assert_non_null(b);
  bool same = left_bytes == right_bytes && memcmp(a, b, left_bytes) == 0;
  free(a);
  free(b);
  return same;
}

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

/* ---- files ---- */

static void test_round_trip(void **state)
{
  (void)state;
  char path[] = "corpus_test.XXXXXX";
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  close(fd);
  struct corpus *corpus = small_corpus();
  for (int compress = 0; compress < 2; compress++) {
    struct corpus_error error;
    struct corpus *again;
    assert_true(corpus_write(corpus, path, compress, &error));
    assert_true(corpus_read(path, &again, &error));
    assert_same(corpus, again);
    corpus_destroy(again);
  }
  unlink(path);
  corpus_destroy(corpus);
}

static void test_missing_folder_and_file(void **state)
{
  (void)state;
  struct corpus_error error;
  struct corpus *corpus = small_corpus(), *read;
  assert_false(corpus_write(corpus, "no/such/folder/x.tmbc", true, &error));
  assert_non_null(strstr(error.text, "no/such/folder/x.tmbc: "));
  corpus_destroy(corpus);
  assert_false(corpus_read("no-such-file.tmbc", &read, &error));
  assert_null(read);
  assert_non_null(strstr(error.text, "no-such-file.tmbc: cannot open"));
}

struct image {
  unsigned char *bytes;
  size_t n;
};

static struct image image_of(const struct corpus *corpus)
{
  struct corpus_error error;
  struct image image;
  image.bytes = corpus_image_encode(corpus, "image", &image.n, &error);
  assert_non_null(image.bytes);
  return image;
}

static struct image compressed(struct image image)
{
  struct image packed = {.n = ZSTD_compressBound(image.n)};
  packed.bytes = malloc(packed.n);
  assert_non_null(packed.bytes);
  packed.n = ZSTD_compress(packed.bytes, packed.n, image.bytes, image.n, 19);
  assert_false(ZSTD_isError(packed.n));
  return packed;
}

/* To the byte, so that AddressSanitizer sees a read past the end. */
static bool parse_copy(const unsigned char *bytes, size_t n, struct corpus **corpus,
                       struct corpus_error *error)
{
  unsigned char *copy = malloc(n > 0 ? n : 1);
  assert_non_null(copy);
  memcpy(copy, bytes, n);
  bool parsed = corpus_parse(copy, n, "copy", corpus, error);
  free(copy);
  assert_true(parsed == (*corpus != NULL));
  assert_true(parsed || strncmp(error->text, "copy: ", 6) == 0);
  return parsed;
}

static void check_truncations(struct image image)
{
  struct corpus_error error;
  struct corpus *corpus;
  assert_true(parse_copy(image.bytes, image.n, &corpus, &error));
  corpus_destroy(corpus);
  for (size_t n = 0; n < image.n; n++)
    assert_false(parse_copy(image.bytes, n, &corpus, &error));
}

static void test_every_truncation_is_refused(void **state)
{
  (void)state;
  struct corpus *corpus = small_corpus();
  struct image image = image_of(corpus), packed = compressed(image);
  check_truncations(image);
  check_truncations(packed);
  free(image.bytes);
  free(packed.bytes);
  corpus_destroy(corpus);
}

/* Returns how many changed images were read all the same; what they hold must be the original. */
static unsigned check_changes(struct image image, const struct corpus *original)
{
  unsigned read = 0;
  for (size_t at = 0; at < image.n; at++)
    for (unsigned change = 1; change < 256; change++) {
      struct corpus_error error;
      struct corpus *corpus;
      image.bytes[at] ^= (unsigned char)change;
      if (parse_copy(image.bytes, image.n, &corpus, &error)) {
        assert_true(is_same(corpus, original));
        corpus_destroy(corpus);
        read++;
      }
      image.bytes[at] ^= (unsigned char)change;
    }
  return read;
}

static void test_every_changed_byte_is_refused(void **state)
{
  (void)state;
  struct corpus *corpus = small_corpus();
  struct image image = image_of(corpus), packed = compressed(image);
  assert_int_equal(check_changes(image, corpus), 0);
  check_changes(packed, corpus); /* zstd has bits without a meaning */
  free(image.bytes);
  free(packed.bytes);
  corpus_destroy(corpus);
}

static void test_trailing_bytes_are_refused(void **state)
{
  (void)state;
  struct corpus *corpus = small_corpus(), *read;
  struct corpus_error error;
  struct image image = image_of(corpus), packed = compressed(image);
  for (unsigned i = 0; i < 2; i++) {
    struct image from = i ? packed : image;
    unsigned char *longer = calloc(from.n + 1, 1);
    assert_non_null(longer);
    memcpy(longer, from.bytes, from.n);
    assert_false(parse_copy(longer, from.n + 1, &read, &error));
    free(longer);
  }
  assert_non_null(strstr(error.text, "follow the zstd frame"));
  free(image.bytes);
  free(packed.bytes);
  corpus_destroy(corpus);
}

static void test_other_versions_and_files_are_refused(void **state)
{
  (void)state;
  struct corpus *corpus = small_corpus(), *read;
  struct corpus_error error;
  struct image image = image_of(corpus);
  for (unsigned version = 0; version < 256; version++) {
    image.bytes[7] = (unsigned char)version;
    uint64_t sum = corpus_image_checksum(image.bytes, image.n - 8);
    for (unsigned i = 0; i < 8; i++)
      image.bytes[image.n - 8 + i] = (unsigned char)(sum >> (i * 8));
    bool parsed = parse_copy(image.bytes, image.n, &read, &error);
    assert_true(parsed == (version == CORPUS_IMAGE_VERSION));
    char expected[64];
    snprintf(expected, sizeof expected, "byte 7: corpus version %u, but this", version);
    if (version == 1) /* as version 1, the symbols are bytes too many */
      assert_non_null(strstr(error.text, "bytes follow the last stream"));
    else if (!parsed)
      assert_non_null(strstr(error.text, expected));
    corpus_destroy(read);
  }
  image.bytes[0] = 'T';
  assert_false(parse_copy(image.bytes, image.n, &read, &error));
  assert_non_null(strstr(error.text, "byte 0: not a corpus"));
  free(image.bytes);
  corpus_destroy(corpus);
}

/* The kept file of version 1 holds the puts of go_trace.txt, and no symbols. */
static void test_version_1_is_read(void **state)
{
  (void)state;
  const char *source = getenv("TMB_SOURCE_DIR");
  char path[4096];
  struct corpus_error error;
  struct corpus *old, *again;
  snprintf(path, sizeof path, "%s/harness/tests/corpora/version_1.tmbc", source ? source : ".");
  if (!corpus_read(path, &old, &error))
    fail_msg("%s", error.text);
  assert_int_equal(old->item_count, 6);
  assert_int_equal(old->put_count, 8);
  assert_int_equal(old->stream_count, 2);
  assert_int_equal(old->frame_count, 0);
  assert_int_equal(old->name_count, 0);
  assert_null(corpus_frame(old, 0x1000));
  struct image image = image_of(old);
  assert_int_equal(image.bytes[7], 2);
  assert_true(parse_copy(image.bytes, image.n, &again, &error));
  assert_same(old, again);
  free(image.bytes);
  corpus_destroy(old);
  corpus_destroy(again);
}

/* A frame of `bytes` zeros; its header says so only where declared. */
static struct image bomb(size_t bytes, bool declared)
{
  enum { CHUNK = 1 << 20 };
  struct image packed = {.n = 1 << 20};
  packed.bytes = malloc(packed.n);
  unsigned char *zeros = calloc(CHUNK, 1);
  ZSTD_CCtx *context = ZSTD_createCCtx();
  assert_non_null(packed.bytes);
  assert_non_null(zeros);
  assert_non_null(context);
  if (declared)
    assert_false(ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(context, bytes)));
  ZSTD_outBuffer out = {.dst = packed.bytes, .size = packed.n};
  size_t left = bytes;
  do {
    ZSTD_inBuffer in = {.src = zeros, .size = left < CHUNK ? left : CHUNK};
    left -= in.size;
    size_t more;
    do {
      more = ZSTD_compressStream2(context, &out, &in, left == 0 ? ZSTD_e_end : ZSTD_e_continue);
      assert_false(ZSTD_isError(more));
    } while (in.pos < in.size || (left == 0 && more != 0));
  } while (left > 0);
  ZSTD_freeCCtx(context);
  free(zeros);
  packed.n = out.pos;
  return packed;
}

static void test_zstd_bombs_are_refused(void **state)
{
  (void)state;
  struct corpus_error error;
  struct corpus *corpus;
  for (unsigned declared = 0; declared < 2; declared++) {
    struct image packed = bomb(CORPUS_FILE_BYTES_MAX + 1, declared);
    assert_true(packed.n < 1 << 18);
    assert_false(parse_copy(packed.bytes, packed.n, &corpus, &error));
    assert_non_null(strstr(error.text, "unpacks to"));
    free(packed.bytes);
    packed = bomb(1 << 22, declared); /* under the limit, but no corpus */
    assert_false(parse_copy(packed.bytes, packed.n, &corpus, &error));
    assert_non_null(strstr(error.text, "not a corpus"));
    free(packed.bytes);
  }
}

/* ---- what a checksum does not catch: files that were made wrong ---- */

static void make_image(struct image *image, unsigned char version, const unsigned char *body,
                       size_t n)
{
  image->n = 16 + n + 8;
  image->bytes = calloc(image->n, 1);
  assert_non_null(image->bytes);
  memcpy(image->bytes, CORPUS_IMAGE_MAGIC, 7);
  image->bytes[7] = version;
  image->bytes[8] = (unsigned char)n;
  memcpy(image->bytes + 16, body, n);
  uint64_t sum = corpus_image_checksum(image->bytes, 16 + n);
  for (unsigned i = 0; i < 8; i++)
    image->bytes[16 + n + i] = (unsigned char)(sum >> (i * 8));
}

/* A good body without symbols, and one of a stack of the counters 1 and 2. */
#define STRING "\1\2a\1\1t\0\1\0"
#define STACK "\1\5\2\2\1\1t\0\1\0"
#define BODY(text) text, sizeof(text) - 1

static void test_bodies(void **state)
{
  (void)state;
  static const struct {
    unsigned char version;
    const char *body;
    size_t n;
    const char *refusal; /* NULL: good */
  } cases[] = {
      {1, BODY(STRING), NULL},
      {1, BODY("\1\3\2\1\1t\0\1\0"), NULL},
      {1, BODY("\1\2a\1\1t\0\1\1"), "byte 24: a put of item 1, but there are 1 items"},
      {1, BODY("\1\0\1\1t\0\1\0"), "a string of 0 bytes"},
      {1, BODY("\1\1\1\1t\0\1\0"), "a stack of 0 frames"},
      {1, BODY("\1\x83\2\1\1t\0\1\0"), "a stack of 129 frames"},
      {1, BODY("\1\x84\x80\x80\1\1\1t\0\1\0"), "a string of 1048578 bytes"},
      {1, BODY("\1\x20t\0"), "the file ends inside a string"},
      {1, BODY("\2\2a\2a\1\1t\0\2\0\1"), "byte 19: item 1 is the same as item 0"},
      {1, BODY("\2\2a\2b\1\1t\0\1\0"), "an item that no stream puts"},
      {1, BODY("\1\2a\2\1t\0\1\0\1t\0\1\0"), "stream 1 has the name and thread of another one"},
      {1, BODY("\1\2a\2\1t\0\1\0\1u\0\0"), "stream 1 holds no put"},
      {1, BODY("\1\2a\1\0\0\1\0"), "a stream's name of 0 bytes"},
      {1, BODY("\1\2a\1\1\n\0\1\0"), "not printable ASCII"},
      {1, BODY(STRING "\0"), "byte 25: 1 bytes follow the last stream"},
      {1, BODY("\1\2a\1\1t\0\1\x80\0"), "longer than it needs"},
      {1, BODY("\1\2a\1\1t\0\1\x80"), "the file ends inside a number"},
      {1, BODY("\1\2a\1\1t\xff\xff\xff\xff\xff\xff\xff\xff\xff\2\1\0"), "does not fit in 64 bits"},
      {1, BODY("\1\2a\1\1t\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\1\0"), NULL},
      {1, BODY("\x7f\2a\1\1t\0\1\0"), "byte 16: 127 items in the last 8 bytes"},
      {1, BODY("\1\2a\1\1t\0\x7f\0"), "127 puts in the last 1 bytes"},
      {1, BODY("\1\2a\x7f\1t\0\1\0"), "127 streams"},
      {1, BODY("\0\0"), "holds no put"},
      {1, BODY(""), "the file ends inside a number"},
      {2, BODY(STRING "\0\0"), NULL},
      {2, BODY(STRING), "byte 25: the file ends inside a number"},
      {2, BODY(STRING "\0\0\0"), "byte 27: 1 bytes follow the last frame"},
      {2, BODY(STACK "\1\1f\1\1\0\0\0"), NULL},
      {2, BODY(STACK "\2\1f\1g\2\1\0\2\3\1\1\1\4"), NULL},
      {2, BODY(STACK "\x7f\1f\1\1\0\0\0"), "byte 26: 127 names in the last 7 bytes"},
      {2, BODY(STACK "\1\1f\x7f\1\0\0\0"), "byte 29: 127 frames in the last 4 bytes"},
      {2, BODY(STACK "\xff\xff\xff\xff\xff\xff\xff\xff\xff\1"), "names in the last 0 bytes"},
      {2, BODY(STACK "\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\1"), "frames in the last 0"},
      {2, BODY(STACK "\1\0\1\1\0\0\0"), "a name of 0 bytes"},
      {2, BODY(STACK "\1\x81\x80\xc0\0\0"), "a number is longer than it needs"},
      {2, BODY(STACK "\1\x81\x80\x40\0"), "a name of 1048577 bytes"},
      {2, BODY(STACK "\1\7f\1\1\0\0\0"), "the file ends inside a name"},
      {2, BODY(STACK "\2\1f\1f\1\1\0\2\0"), "byte 29: name 1 is the same as name 0"},
      {2, BODY(STACK "\1\1f\1\1\0\0"), "the file ends inside a number"},
      {2, BODY(STACK "\1\1f\1\1\1\0\0"), "byte 30: name 1 of a frame, but there are 1 names"},
      {2, BODY(STACK "\1\1f\1\1\0\2\0"), "byte 30: name 1 of a frame, but there are 1 names"},
      {2, BODY(STACK "\2\1f\1g\1\1\1\0\0"), "name 1 of a frame comes before name 0"},
      {2, BODY(STACK "\2\1f\1g\1\1\0\0\0"), "name 1 is that of no frame"},
      {2, BODY(STACK "\1\1f\0"), "name 0 is that of no frame"},
      {2, BODY(STACK "\0\1\1\0\0\0"), "name 0 of a frame, but there are 0 names"},
      {2, BODY(STACK "\1\1f\2\1\0\0\0\0\0\0\0"), "byte 34: a frame's program counter is not above"},
      {2, BODY(STACK "\1\1f\2\1\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\0\0\0"),
       "byte 34: a frame's program counter is not above"},
      {2, BODY(STACK "\1\1f\1\1\0\0\xff\xff\xff\xff\x0f"), NULL},
      {2, BODY(STACK "\1\1f\1\1\0\0\x80\x80\x80\x80\x10"), "a frame in line 4294967296"},
      {2, BODY(STACK "\1\1f\1\3\0\0\0"), "a program counter that no stack holds"},
      {2, BODY(STRING "\1\1f\1\1\0\0\0"), "a program counter that no stack holds"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct image image;
    struct corpus_error error = {""};
    struct corpus *corpus;
    make_image(&image, cases[i].version, (const unsigned char *)cases[i].body, cases[i].n);
    bool parsed = parse_copy(image.bytes, image.n, &corpus, &error);
    if (parsed != (cases[i].refusal == NULL) ||
        (!parsed && strstr(error.text, cases[i].refusal) == NULL))
      fail_msg("body %zu: expected %s, got %s", i, cases[i].refusal ? cases[i].refusal : "no error",
               parsed ? "no error" : error.text);
    corpus_destroy(corpus);
    free(image.bytes);
  }
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
      cmocka_unit_test(test_round_trip),
      cmocka_unit_test(test_missing_folder_and_file),
      cmocka_unit_test(test_every_truncation_is_refused),
      cmocka_unit_test(test_every_changed_byte_is_refused),
      cmocka_unit_test(test_trailing_bytes_are_refused),
      cmocka_unit_test(test_other_versions_and_files_are_refused),
      cmocka_unit_test(test_version_1_is_read),
      cmocka_unit_test(test_zstd_bombs_are_refused),
      cmocka_unit_test(test_bodies),
      cmocka_unit_test(test_summary),
      cmocka_unit_test(test_summary_of_100_sizes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
