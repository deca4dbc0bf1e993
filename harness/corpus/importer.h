/* importer.h: texts that other programs write, read as corpora.
 *
 * One importer a file, import_<name>.c, and a line in the table of importer.c. Called by
 * `tmb corpus import`, by the tests and by the fuzzers. */
#ifndef TMB_CORPUS_IMPORTER_H
#define TMB_CORPUS_IMPORTER_H

#include "corpus/corpus_builder.h"

/* One file on its way into a corpus. */
struct import_job {
  const char *path; /* for messages */
  const char *bytes;
  size_t n;
  bool frame_names; /* also put the names of frames, in streams called "dump" */
  struct corpus_builder *builder;
  struct corpus_error *error;
  uint64_t stacks_cut; /* out, added to: stacks cut to their innermost 128 frames */
};

struct corpus_importer {
  const char *name;
  const char *summary;
  bool has_frame_names;
  /* Does the text look like this format and no other? NULL: never. */
  bool (*detect)(const char *bytes, size_t n);
  /* False: refused, *job->error filled, and the builder is not to be used further. */
  bool (*import)(struct import_job *job);
};

/* Ends with a NULL. */
extern const struct corpus_importer *const corpus_importers[];

const struct corpus_importer *corpus_importer_find(const char *name); /* NULL: no such one */

/* The one importer that knows the text, or NULL. */
const struct corpus_importer *corpus_importer_detect(const char *bytes, size_t n);

/* For importers: fills the error from the builder's failure. Returns false. */
bool import_failed(struct import_job *job, uint64_t line);

/* For importers of formats in which a machine ends every line: refuses a line that is cut off. */
struct text_line;
bool import_line_is_whole(struct import_job *job, const struct text_line *line);

#endif
