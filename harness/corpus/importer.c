/* importer.c: the table of importers. See importer.h. */
#include "corpus/importer.h"

#include "corpus/import_table.h"
#include "corpus/text_lines.h"

#include <string.h>

const struct corpus_importer *const corpus_importers[] = {
    &import_go_trace, &import_perf_script, &import_folded, &import_lines, NULL,
};

const struct corpus_importer *corpus_importer_find(const char *name)
{
  for (const struct corpus_importer *const *i = corpus_importers; *i != NULL; i++)
    if (strcmp((*i)->name, name) == 0)
      return *i;
  return NULL;
}

const struct corpus_importer *corpus_importer_detect(const char *bytes, size_t n)
{
  const struct corpus_importer *found = NULL;
  for (const struct corpus_importer *const *i = corpus_importers; *i != NULL; i++) {
    if ((*i)->detect == NULL || !(*i)->detect(bytes, n))
      continue;
    if (found != NULL)
      return NULL;
    found = *i;
  }
  return found;
}

bool import_failed(struct import_job *job, uint64_t line)
{
  const char *failure = corpus_builder_failure(job->builder);
  return corpus_error_at_line(job->error, job->path, line, "%s",
                              failure != NULL ? failure : "cannot be stored");
}

bool import_line_is_whole(struct import_job *job, const struct text_line *line)
{
  return line->ended ||
         corpus_error_at_line(job->error, job->path, line->number,
                              "the last line has no line end: the file is cut off here; make it "
                              "again, or end it after a whole record");
}
