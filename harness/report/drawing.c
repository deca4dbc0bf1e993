/* drawing.c: see drawing.h. What gnuplot reads stands in a folder that is gone afterwards. */
#include "report/drawing.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/gnuplot.h"
#include "report/memory.h"
#include "report/run_folder.h"

char *drawing_work_make(char *error)
{
  const char *temporary = getenv("TMPDIR");
  char *work = memory_format("%s/tmb-report-XXXXXX", temporary ? temporary : "/tmp");
  if (mkdtemp(work))
    return work;
  snprintf(error, RUN_ERROR, "%s: %s", work, strerror(errno));
  free(work);
  return NULL;
}

void drawing_work_remove(char *work)
{
  DIR *folder = work ? opendir(work) : NULL;
  for (struct dirent *entry; folder && (entry = readdir(folder));)
    if (entry->d_name[0] != '.')
      unlinkat(dirfd(folder), entry->d_name, 0);
  if (folder) {
    closedir(folder);
    rmdir(work);
  }
  free(work);
}

bool drawing_make(const struct picture *pictures, size_t count, const char *plots,
                  const char *const footer[2], const char *folder, char *error)
{
  char *work = drawing_work_make(error);
  bool good = work != NULL;
  if (good && mkdir(folder, 0777) != 0 && errno != EEXIST) {
    snprintf(error, RUN_ERROR, "%s: %s", folder, strerror(errno));
    good = false;
  }
  for (size_t i = 0; good && i < count; i++)
    good = picture_write(&pictures[i], work, plots, footer, error) &&
           gnuplot_draw(plots, work, pictures[i].name, folder, error);
  drawing_work_remove(work);
  return good;
}
