/* go_trace.h: the lines of a Go execution trace in text form: what an importer of it is made of.
 *
 * Called by import_go_trace.c, which says what the lines mean. Functions that return false have
 * filled the job's error. Offsets are places in the job's text, which stays. */
#ifndef TMB_CORPUS_GO_TRACE_H
#define TMB_CORPUS_GO_TRACE_H

#include "corpus/importer.h"
#include "corpus/text_lines.h"

struct go_trace {
  struct import_job *job;
  struct text_lines lines; /* the place that reading has come to */
  bool in_archive;         /* the text has `-- name --` lines */
  char *scratch;           /* the last string, unquoted; as large as the text */
};

/* "expected ..." at a line of the job's text. Returns false. */
bool go_trace_refuse(struct go_trace *trace, uint64_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Moves to the first line behind the header: into the archive's section, where it is one. */
bool go_trace_enter(struct go_trace *trace);

/* The next line that holds something: comments and empty lines skipped. False: the end. */
bool go_trace_next_line(struct go_trace *trace, struct text_lines *lines, struct text_line *line);

struct text_span go_trace_without_comment(struct text_span span);

struct go_trace_argument {
  struct text_span name;
  uint64_t value;
};

enum go_trace_found { GO_TRACE_END, GO_TRACE_ARGUMENT, GO_TRACE_BAD };

/* Takes the next `name=number` off *rest. */
enum go_trace_found go_trace_next_argument(struct go_trace *trace, uint64_t line,
                                           struct text_span *rest,
                                           struct go_trace_argument *argument);

/* Exactly these arguments, in this order, up to a NULL. */
bool go_trace_arguments(struct go_trace *trace, uint64_t line, struct text_span rest,
                        const char *const *names, uint64_t *values);

/* A line of a stack; function and file are ids of strings, 0: none. */
struct go_trace_frame {
  uint64_t pc, function, file;
  uint32_t line;
  uint64_t at_line; /* of the text */
};

bool go_trace_frame(struct go_trace *trace, struct text_lines *lines, uint64_t stack_line,
                    struct go_trace_frame *frame);

/* The data line behind an event, n bytes into scratch. */
bool go_trace_data(struct go_trace *trace, struct text_lines *lines, uint64_t event_line,
                   size_t *n);

#endif
