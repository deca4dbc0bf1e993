/* import_lines.c: any text; each line is one put of a string, in one stream.
 *
 * Empty lines put nothing. A line may hold any bytes, NUL too; CR LF counts as one line end. The
 * last line needs no line end: nothing in this format tells a cut line from a whole one. */
#include "corpus/import_table.h"

#include "corpus/text_lines.h"

static bool import(struct import_job *job)
{
  uint32_t stream = corpus_builder_stream(job->builder, "lines", 0);
  struct text_lines lines = text_lines_of(job->bytes, job->n);
  struct text_line line;
  while (text_lines_next(&lines, &line)) {
    if (line.span.n == 0)
      continue;
    if (line.span.n > CORPUS_STRING_BYTES_MAX)
      return corpus_error_at_line(job->error, job->path, line.number,
                                  "a line of %zu bytes; at most %zu are allowed; split it, or is "
                                  "this not a text?",
                                  line.span.n, CORPUS_STRING_BYTES_MAX);
    uint32_t item = corpus_builder_string(job->builder, line.span.bytes, line.span.n);
    if (!corpus_builder_put(job->builder, stream, item, 1))
      return import_failed(job, line.number);
  }
  return true;
}

const struct corpus_importer import_lines = {
    .name = "lines",
    .summary = "any text: each line is one put of a string",
    .import = import,
};
