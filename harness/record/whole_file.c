/* whole_file.c: see whole_file.h. */
#include "record/whole_file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/allocate.h"

static bool fail(struct whole_file *file, struct history_error *error)
{
  snprintf(error->text, sizeof error->text, "%.400s: cannot write: %s", file->path,
           strerror(errno));
  free(file->hidden);
  return false;
}

bool whole_file_open(struct whole_file *file, const char *path, struct history_error *error)
{
  static const char ending[] = ".XXXXXX";
  size_t n = strlen(path);
  *file = (struct whole_file){.path = path, .hidden = allocate(n + sizeof ending, 1)};
  memcpy(file->hidden, path, n);
  memcpy(file->hidden + n, ending, sizeof ending);
  int descriptor = mkstemp(file->hidden);
  if (descriptor < 0)
    return fail(file, error);
  file->out = fdopen(descriptor, "w");
  if (file->out && fchmod(descriptor, 0644) == 0)
    return true;
  if (file->out)
    fclose(file->out);
  else
    close(descriptor);
  unlink(file->hidden);
  return fail(file, error);
}

bool whole_file_end(struct whole_file *file, struct history_error *error)
{
  bool good = !ferror(file->out);
  good = fclose(file->out) == 0 && good;
  if (good && rename(file->hidden, file->path) == 0) {
    free(file->hidden);
    return true;
  }
  unlink(file->hidden);
  return fail(file, error);
}
