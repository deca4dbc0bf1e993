/* corpus_image_test.c: the corpus format: what is written is read again, and nothing else is read.
 */
#include "corpus_sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

#include "corpus/corpus_image.h"

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

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_round_trip),
      cmocka_unit_test(test_missing_folder_and_file),
      cmocka_unit_test(test_every_truncation_is_refused),
      cmocka_unit_test(test_every_changed_byte_is_refused),
      cmocka_unit_test(test_trailing_bytes_are_refused),
      cmocka_unit_test(test_other_versions_and_files_are_refused),
      cmocka_unit_test(test_version_1_is_read),
      cmocka_unit_test(test_zstd_bombs_are_refused),
      cmocka_unit_test(test_bodies),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
