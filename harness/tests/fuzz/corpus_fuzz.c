/* corpus_fuzz.c: any bytes as a corpus file, and as the body of one (of both versions)
 * whose frame is right: behind a
 * checksum a fuzzer would meet nothing else. What is read is written and read again. */
#include <stdlib.h>
#include <string.h>

#include "corpus/corpus_image.h"
#include "corpus/corpus_summary.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void require(bool holds)
{
  if (!holds)
    abort();
}

/* Every frame is found by its program counter, and its names are of those of the corpus. */
static void check_symbols(const struct corpus *corpus)
{
  for (size_t i = 0; i < corpus->frame_count; i++) {
    const struct corpus_frame *frame = &corpus->frames[i];
    require(corpus_frame(corpus, frame->pc) == frame && frame->function_length > 0);
    require(frame->pc == UINT64_MAX || corpus_frame(corpus, frame->pc + 1) != frame);
  }
}

static void check_again(struct corpus *corpus)
{
  struct corpus_error error;
  struct corpus_summary summary;
  struct corpus *again;
  size_t image_bytes, again_bytes;
  require(corpus_summarize(corpus, &summary));
  require(summary.puts == summary.strings.puts + summary.stacks.puts);
  require(summary.distinct <= summary.puts);
  require(summary.symbols.frames <= summary.symbols.pcs);
  check_symbols(corpus);
  unsigned char *image = corpus_image_encode(corpus, "image", &image_bytes, &error);
  require(image != NULL);
  require(corpus_image_decode(image, image_bytes, "image", &again, &error));
  unsigned char *second = corpus_image_encode(again, "again", &again_bytes, &error);
  require(second != NULL && again_bytes == image_bytes && memcmp(image, second, image_bytes) == 0);
  free(image);
  free(second);
  corpus_destroy(again);
}

static void store_le64(unsigned char *bytes, uint64_t value)
{
  for (unsigned i = 0; i < 8; i++)
    bytes[i] = (unsigned char)(value >> (i * 8));
}

static void parse_as_body(const uint8_t *bytes, size_t n, unsigned char version)
{
  struct corpus_error error;
  struct corpus *corpus;
  unsigned char *image = malloc(n + 24);
  require(image != NULL);
  memcpy(image, CORPUS_IMAGE_MAGIC, 7);
  image[7] = version;
  store_le64(image + 8, n);
  if (n > 0)
    memcpy(image + 16, bytes, n);
  store_le64(image + 16 + n, corpus_image_checksum(image, 16 + n));
  if (corpus_image_decode(image, n + 24, "body", &corpus, &error)) {
    size_t encoded_bytes;
    unsigned char *encoded = corpus_image_encode(corpus, "encoded", &encoded_bytes, &error);
    /* one corpus, one image; written as version 2, an image of version 1 has two more counts */
    require(encoded != NULL);
    if (version == CORPUS_IMAGE_VERSION)
      require(encoded_bytes == n + 24 && memcmp(encoded, image, n + 24) == 0);
    else
      require(encoded_bytes == n + 26 && memcmp(encoded + 16, image + 16, n) == 0);
    free(encoded);
    check_again(corpus);
    corpus_destroy(corpus);
  }
  free(image);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
  struct corpus_error error;
  struct corpus *corpus;
  if (corpus_parse(bytes, n, "file", &corpus, &error)) {
    check_again(corpus);
    corpus_destroy(corpus);
  }
  parse_as_body(bytes, n, 1);
  parse_as_body(bytes, n, CORPUS_IMAGE_VERSION);
  return 0;
}
