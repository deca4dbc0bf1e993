/* corpus.c: corpora as files. See corpus.h. */
#include "corpus/corpus.h"

#include "corpus/corpus_image.h"
#include "corpus/file_bytes.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

static const char mend[] = "fetch or import the file again";

void corpus_destroy(struct corpus *corpus)
{
  free(corpus);
}

const struct corpus_frame *corpus_frame(const struct corpus *corpus, uint64_t pc)
{
  size_t low = 0, high = corpus->frame_count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (corpus->frames[middle].pc < pc)
      low = middle + 1;
    else
      high = middle;
  }
  return low < corpus->frame_count && corpus->frames[low].pc == pc ? &corpus->frames[low] : NULL;
}

/* Refuses what is not exactly one zstd frame; *unpacked_bytes is a first guess of its size. */
static bool check_zstd_frame(const void *bytes, size_t n, const char *path, size_t *unpacked_bytes,
                             struct corpus_error *error)
{
  size_t frame_bytes = ZSTD_findFrameCompressedSize(bytes, n);
  if (ZSTD_isError(frame_bytes))
    return corpus_error_of_file(error, path, "damaged or cut off zstd frame (%s); %s",
                                ZSTD_getErrorName(frame_bytes), mend);
  if (frame_bytes != n)
    return corpus_error_at_byte(error, path, frame_bytes, "%zu bytes follow the zstd frame; %s",
                                n - frame_bytes, mend);
  unsigned long long declared = ZSTD_getFrameContentSize(bytes, n);
  *unpacked_bytes = 1 << 20;
  if (declared == ZSTD_CONTENTSIZE_UNKNOWN || declared == ZSTD_CONTENTSIZE_ERROR)
    return true;
  if (declared > CORPUS_FILE_BYTES_MAX)
    return corpus_error_of_file(error, path, "unpacks to %llu bytes; a corpus has at most %zu",
                                declared, CORPUS_FILE_BYTES_MAX);
  if (declared < *unpacked_bytes)
    *unpacked_bytes = (size_t)declared + 1;
  return true;
}

/* Unpacks until the frame ends. What the frame says of its size is not believed: the memory grows
 * as bytes come, up to the limit. */
static bool unpack(ZSTD_DStream *stream, ZSTD_inBuffer *in, ZSTD_outBuffer *out, const char *path,
                   struct corpus_error *error)
{
  for (;;) {
    size_t was_in = in->pos, was_out = out->pos;
    size_t left = ZSTD_decompressStream(stream, out, in);
    if (ZSTD_isError(left))
      return corpus_error_of_file(error, path, "damaged zstd frame (%s); %s",
                                  ZSTD_getErrorName(left), mend);
    if (out->pos > CORPUS_FILE_BYTES_MAX)
      return corpus_error_of_file(error, path, "unpacks to more than %zu bytes",
                                  CORPUS_FILE_BYTES_MAX);
    if (left == 0)
      return true;
    if (out->pos == out->size) {
      size_t doubled = out->size * 2;
      size_t size = doubled > CORPUS_FILE_BYTES_MAX ? CORPUS_FILE_BYTES_MAX + 1 : doubled;
      unsigned char *larger = realloc(out->dst, size);
      if (larger == NULL)
        return corpus_error_of_file(error, path, "out of memory");
      out->dst = larger;
      out->size = size;
    } else if (in->pos == was_in && out->pos == was_out) {
      return corpus_error_of_file(error, path, "the zstd frame is cut off; %s", mend);
    }
  }
}

/* The unpacked bytes, to be freed; NULL: refused. */
static unsigned char *decompress(const void *bytes, size_t n, const char *path,
                                 size_t *unpacked_bytes, struct corpus_error *error)
{
  size_t capacity;
  if (!check_zstd_frame(bytes, n, path, &capacity, error))
    return NULL;
  ZSTD_inBuffer in = {.src = bytes, .size = n};
  ZSTD_outBuffer out = {.dst = malloc(capacity), .size = capacity};
  ZSTD_DStream *stream = ZSTD_createDStream();
  bool unpacked = false;
  if (stream == NULL || out.dst == NULL)
    corpus_error_of_file(error, path, "out of memory");
  else
    unpacked = unpack(stream, &in, &out, path, error);
  ZSTD_freeDStream(stream);
  *unpacked_bytes = out.pos;
  if (unpacked)
    return out.dst;
  free(out.dst);
  return NULL;
}

bool corpus_parse(const void *bytes, size_t n, const char *path, struct corpus **corpus,
                  struct corpus_error *error)
{
  static const unsigned char zstd_magic[] = {0x28, 0xb5, 0x2f, 0xfd};
  *corpus = NULL;
  if (n < sizeof zstd_magic || memcmp(bytes, zstd_magic, sizeof zstd_magic) != 0)
    return corpus_image_decode(bytes, n, path, corpus, error);

  size_t image_bytes;
  unsigned char *image = decompress(bytes, n, path, &image_bytes, error);
  if (image == NULL)
    return false;
  bool decoded = corpus_image_decode(image, image_bytes, path, corpus, error);
  free(image);
  return decoded;
}

bool corpus_read(const char *path, struct corpus **corpus, struct corpus_error *error)
{
  struct file_bytes file;
  *corpus = NULL;
  if (!file_bytes_read(path, CORPUS_FILE_BYTES_MAX, &file, error))
    return false;
  bool parsed = corpus_parse(file.bytes, file.n, path, corpus, error);
  file_bytes_fini(&file);
  return parsed;
}

bool corpus_write(const struct corpus *corpus, const char *path, bool compress,
                  struct corpus_error *error)
{
  enum { LEVEL = 19 }; /* written once, read often, shipped in a repository */
  size_t n;
  unsigned char *image = corpus_image_encode(corpus, path, &n, error);
  if (image == NULL)
    return false;
  if (compress) {
    size_t bound = ZSTD_compressBound(n);
    unsigned char *packed = malloc(bound);
    size_t packed_bytes =
        packed == NULL ? (size_t)-1 : ZSTD_compress(packed, bound, image, n, LEVEL);
    free(image);
    if (packed == NULL || ZSTD_isError(packed_bytes)) {
      free(packed);
      return corpus_error_of_file(error, path, "cannot compress %zu bytes: out of memory", n);
    }
    image = packed;
    n = packed_bytes;
  }
  bool written = file_bytes_write(path, image, n, error);
  free(image);
  return written;
}
