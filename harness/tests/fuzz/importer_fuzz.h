/* importer_fuzz.h: what the fuzz targets of the importers share: any bytes as one importer's text,
 * without and with frame names. A corpus that comes of them must be a good one. */
#ifndef TMB_IMPORTER_FUZZ_H
#define TMB_IMPORTER_FUZZ_H

#include <stdlib.h>

#include "corpus/corpus_image.h"
#include "corpus/importer.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static inline void import_bytes(const struct corpus_importer *importer, const uint8_t *bytes,
                                size_t n, bool frame_names)
{
  struct corpus_error error = {""};
  struct corpus_builder *builder =
      corpus_builder_create(1 << 14); /* a short text may ask for more */
  struct import_job job = {.path = "input",
                           .bytes = (const char *)bytes,
                           .n = n,
                           .frame_names = frame_names,
                           .builder = builder,
                           .error = &error};
  if (builder == NULL)
    abort();
  if (importer->import(&job)) {
    struct corpus *corpus = corpus_builder_finish(builder), *again;
    if (corpus != NULL) {
      size_t image_bytes;
      unsigned char *image = corpus_image_encode(corpus, "image", &image_bytes, &error);
      if (image == NULL || !corpus_image_decode(image, image_bytes, "image", &again, &error))
        abort();
      corpus_destroy(again);
      free(image);
    }
    corpus_destroy(corpus);
  } else if (error.text[0] == '\0') {
    abort(); /* refused without a word */
  }
  corpus_builder_destroy(builder);
}

/* The one function that a target has to define. */
static inline int fuzz_importer(const char *name, const uint8_t *bytes, size_t n)
{
  const struct corpus_importer *importer = corpus_importer_find(name);
  if (importer == NULL)
    abort();
  if (importer->detect != NULL)
    importer->detect((const char *)bytes, n);
  import_bytes(importer, bytes, n, false);
  if (importer->has_frame_names)
    import_bytes(importer, bytes, n, true);
  return 0;
}

#endif
