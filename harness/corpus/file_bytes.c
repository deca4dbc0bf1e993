/* file_bytes.c: see file_bytes.h. */
#include "corpus/file_bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool read_all(int fd, const char *path, size_t bytes_max, struct file_bytes *file,
                     struct corpus_error *error)
{
  size_t capacity = 1 << 16;
  *file = (struct file_bytes){.bytes = malloc(capacity)};
  while (file->bytes != NULL) {
    ssize_t got = read(fd, file->bytes + file->n, capacity - file->n);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return corpus_error_of_file(error, path, "cannot read: %s", strerror(errno));
    if (got == 0)
      return true;
    file->n += (size_t)got;
    if (file->n > bytes_max)
      return corpus_error_of_file(error, path, "larger than %zu bytes; give a smaller file",
                                  bytes_max);
    if (file->n < capacity)
      continue;
    char *larger = realloc(file->bytes, capacity *= 2);
    if (larger == NULL)
      break;
    file->bytes = larger;
  }
  return corpus_error_of_file(error, path, "out of memory");
}

bool file_bytes_read(const char *path, size_t bytes_max, struct file_bytes *file,
                     struct corpus_error *error)
{
  *file = (struct file_bytes){0};
  bool is_stdin = strcmp(path, "-") == 0;
  int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return corpus_error_of_file(error, path, "cannot open: %s", strerror(errno));
  bool read = read_all(fd, path, bytes_max, file, error);
  if (!is_stdin)
    close(fd);
  if (!read)
    file_bytes_fini(file);
  return read;
}

void file_bytes_fini(struct file_bytes *file)
{
  free(file->bytes);
  *file = (struct file_bytes){0};
}

static bool write_all(int fd, const char *bytes, size_t n)
{
  while (n > 0) {
    ssize_t put = write(fd, bytes, n);
    if (put < 0 && errno == EINTR)
      continue;
    if (put < 0)
      return false;
    bytes += put;
    n -= (size_t)put;
  }
  return fsync(fd) == 0;
}

bool file_bytes_write(const char *path, const void *bytes, size_t n, struct corpus_error *error)
{
  char *temporary;
  if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
    return corpus_error_of_file(error, path, "out of memory");
  int fd = mkostemp(temporary, O_CLOEXEC);
  if (fd < 0) {
    corpus_error_of_file(error, path, "cannot write in its directory: %s", strerror(errno));
    free(temporary);
    return false;
  }
  mode_t mask = umask(0);
  umask(mask);
  bool written = write_all(fd, bytes, n) && fchmod(fd, 0666 & ~mask) == 0;
  int why = errno;
  close(fd);
  if (written && rename(temporary, path) != 0) {
    why = errno;
    written = false;
  }
  if (!written) {
    unlink(temporary);
    corpus_error_of_file(error, path, "cannot write: %s", strerror(why));
  }
  free(temporary);
  return written;
}
