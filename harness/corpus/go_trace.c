/* go_trace.c: see go_trace.h. */
#include "corpus/go_trace.h"

#include "corpus/go_string.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool go_trace_refuse(struct go_trace *trace, uint64_t line, const char *format, ...)
{
  char what[512];
  va_list values;
  va_start(values, format);
  vsnprintf(what, sizeof what, format, values);
  va_end(values);
  return corpus_error_at_line(trace->job->error, trace->job->path, line, "%s", what);
}

bool go_trace_next_line(struct go_trace *trace, struct text_lines *lines, struct text_line *line)
{
  while (text_lines_next(lines, line)) {
    if (trace->in_archive && text_starts(line->span, "-- ") && text_ends(line->span, " --")) {
      lines->next = lines->end; /* the trace's section ends here */
      return false;
    }
    struct text_span rest = line->span;
    struct text_span word = text_word(&rest);
    if (word.n > 0 && word.bytes[0] != '#')
      return true;
  }
  return false;
}

struct text_span go_trace_without_comment(struct text_span span)
{
  const char *hash = memchr(span.bytes, '#', span.n);
  if (hash != NULL)
    span.n = (size_t)(hash - span.bytes);
  return span;
}

enum go_trace_found go_trace_next_argument(struct go_trace *trace, uint64_t line,
                                           struct text_span *rest,
                                           struct go_trace_argument *argument)
{
  struct text_span word = text_word(rest);
  if (word.n == 0)
    return GO_TRACE_END;
  const char *equals = memchr(word.bytes, '=', word.n);
  if (equals != NULL && equals > word.bytes) {
    size_t name_bytes = (size_t)(equals - word.bytes);
    argument->name = (struct text_span){.bytes = word.bytes, .n = name_bytes};
    struct text_span value = {.bytes = equals + 1, .n = word.n - name_bytes - 1};
    if (text_decimal(value, &argument->value))
      return GO_TRACE_ARGUMENT;
  }
  go_trace_refuse(trace, line, "expected name=number, found \"%s\"",
                  corpus_quote(word.bytes, word.n).text);
  return GO_TRACE_BAD;
}

bool go_trace_arguments(struct go_trace *trace, uint64_t line, struct text_span rest,
                        const char *const *names, uint64_t *values)
{
  struct go_trace_argument argument;
  for (; *names != NULL; names++, values++) {
    enum go_trace_found found = go_trace_next_argument(trace, line, &rest, &argument);
    if (found == GO_TRACE_BAD)
      return false;
    if (found == GO_TRACE_END || !text_is(argument.name, *names))
      return go_trace_refuse(
          trace, line, "expected the argument %s=, found %s%s", *names,
          found == GO_TRACE_END ? "the end of the line" : "",
          found == GO_TRACE_END ? "" : corpus_quote(argument.name.bytes, argument.name.n).text);
    *values = argument.value;
  }
  if (text_trim(rest).n > 0)
    return go_trace_refuse(trace, line, "found \"%s\" after the last argument",
                           corpus_quote(rest.bytes, rest.n).text);
  return true;
}

bool go_trace_frame(struct go_trace *trace, struct text_lines *lines, uint64_t stack_line,
                    struct go_trace_frame *frame)
{
  static const char *const names[] = {"pc", "func", "file", "line", NULL};
  struct text_line line;
  uint64_t values[4];
  if (!go_trace_next_line(trace, lines, &line))
    return go_trace_refuse(
        trace, stack_line,
        "the text ends before the last frame of this stack: the file is cut off");
  if (!import_line_is_whole(trace->job, &line) ||
      !go_trace_arguments(trace, line.number, go_trace_without_comment(line.span), names, values))
    return false;
  if (values[3] > UINT32_MAX)
    return go_trace_refuse(trace, line.number,
                           "a line number of %" PRIu64 "; at most %u are allowed", values[3],
                           UINT32_MAX);
  *frame = (struct go_trace_frame){.pc = values[0],
                                   .function = values[1],
                                   .file = values[2],
                                   .line = (uint32_t)values[3],
                                   .at_line = line.number};
  return true;
}

bool go_trace_data(struct go_trace *trace, struct text_lines *lines, uint64_t event_line, size_t *n)
{
  struct text_line line;
  if (!text_lines_next(lines, &line))
    return go_trace_refuse(trace, event_line,
                           "the text ends before this event's data: the file is cut off");
  if (!import_line_is_whole(trace->job, &line))
    return false;
  struct text_span data = text_trim(line.span);
  if (!text_starts(data, "data="))
    return go_trace_refuse(trace, line.number, "expected data=\"...\", found \"%s\"",
                           corpus_quote(data.bytes, data.n).text);
  data.bytes += 5;
  data.n -= 5;
  if (!go_string_unquote(data, trace->scratch, n))
    return go_trace_refuse(trace, line.number, "not a quoted Go string: %s",
                           corpus_quote(data.bytes, data.n).text);
  if (*n > CORPUS_STRING_BYTES_MAX)
    return go_trace_refuse(trace, line.number, "a string of %zu bytes; at most %zu are allowed", *n,
                           CORPUS_STRING_BYTES_MAX);
  return true;
}

/* Moves to the line after `-- trace --` where the text is an archive. */
static bool enter_archive(struct go_trace *trace)
{
  struct text_lines ahead = trace->lines;
  struct text_line line;
  do {
    if (!text_lines_next(&ahead, &line))
      return corpus_error_of_file(trace->job->error, trace->job->path,
                                  "empty: expected a line \"Trace Go1.22\"");
  } while (text_trim(line.span).n == 0);
  if (!text_starts(line.span, "-- "))
    return true;
  trace->in_archive = true;
  for (;;) {
    if (text_is(text_trim(line.span), "-- trace --")) {
      trace->lines = ahead;
      return true;
    }
    if (!text_lines_next(&ahead, &line))
      return go_trace_refuse(trace, ahead.number,
                             "the text ends, and no line \"-- trace --\" was met");
  }
}

static bool read_header(struct go_trace *trace)
{
  static const uint64_t first_version = 22; /* the rewrite of the tracer; before, another form */
  struct text_lines before = trace->lines;
  struct text_line line;
  if (!go_trace_next_line(trace, &trace->lines, &line))
    return go_trace_refuse(trace, trace->lines.number, "the text ends before \"Trace Go1.22\"");
  struct text_span rest = go_trace_without_comment(line.span);
  struct text_span word = text_word(&rest), version = text_word(&rest);
  uint64_t number;
  if (text_is(word, "EventBatch")) { /* go tool trace prints no header */
    trace->lines = before;
    return true;
  }
  if (!text_is(word, "Trace") || !text_starts(version, "Go1."))
    return go_trace_refuse(trace, line.number, "expected \"Trace Go1.22\" or later, found \"%s\"",
                           corpus_quote(line.span.bytes, line.span.n).text);
  struct text_span minor = {.bytes = version.bytes + 4, .n = version.n - 4};
  if (!text_decimal(minor, &number) || number < first_version || text_trim(rest).n > 0)
    return go_trace_refuse(
        trace, line.number,
        "\"%s\": traces of Go 1.22 and later are read, in the text form of the Go "
        "project's trace tests",
        corpus_quote(line.span.bytes, line.span.n).text);
  return import_line_is_whole(trace->job, &line);
}

bool go_trace_enter(struct go_trace *trace)
{
  return enter_archive(trace) && read_header(trace);
}
