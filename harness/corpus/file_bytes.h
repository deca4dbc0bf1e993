/* file_bytes.h: whole files in memory, and whole files or nothing on disk. */
#ifndef TMB_CORPUS_FILE_BYTES_H
#define TMB_CORPUS_FILE_BYTES_H

#include "corpus/corpus_error.h"

#include <stdbool.h>
#include <stddef.h>

struct file_bytes {
  char *bytes;
  size_t n;
};

/* Reads all of a file, of standard input where path is "-". More than bytes_max is refused. */
bool file_bytes_read(const char *path, size_t bytes_max, struct file_bytes *file,
                     struct corpus_error *error);
void file_bytes_fini(struct file_bytes *file);

/* Writes under a temporary name in the same directory, then renames; on failure nothing is left
 * and what stood at path stays. */
bool file_bytes_write(const char *path, const void *bytes, size_t n, struct corpus_error *error);

#endif
