/* whole_file.h: a file that is complete or not there: written under another name in the same
 * directory, then renamed. Called by whatever of record and check writes files. */
#ifndef TMB_WHOLE_FILE_H
#define TMB_WHOLE_FILE_H

#include "record/history.h"

struct whole_file {
  const char *path; /* must stay valid */
  char *hidden;
  FILE *out; /* write here */
};

/* Both return false with a sentence; after an open that returned true, end it. */
bool whole_file_open(struct whole_file *file, const char *path, struct history_error *error);
bool whole_file_end(struct whole_file *file, struct history_error *error);

#endif
