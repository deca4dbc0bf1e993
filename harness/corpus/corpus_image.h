/* corpus_image.h: a corpus as the bytes of an uncompressed .tmbc file. The format is in FORMAT.md.
 *
 * Called by corpus.c, which adds files and compression. */
#ifndef TMB_CORPUS_IMAGE_H
#define TMB_CORPUS_IMAGE_H

#include "corpus/corpus.h"

/* The magic that every image begins with; the byte after it is the version. This one is written;
 * version 1, which has no symbols, is read too. */
#define CORPUS_IMAGE_MAGIC "\x89TMBC\r\n"
#define CORPUS_IMAGE_VERSION 2

/* As corpus_parse, but bytes is never compressed. Offsets in messages count in bytes. */
bool corpus_image_decode(const void *bytes, size_t n, const char *path, struct corpus **corpus,
                         struct corpus_error *error);

/* The image, to be freed; NULL and *error filled: no memory, or larger than
 * CORPUS_FILE_BYTES_MAX. */
unsigned char *corpus_image_encode(const struct corpus *corpus, const char *path, size_t *n,
                                   struct corpus_error *error);

/* The checksum that stands in the last 8 bytes of an image, over all n bytes before it. */
uint64_t corpus_image_checksum(const void *bytes, size_t n);

#endif
