/* text_lines.h: lines and words of a text in memory, with their line numbers.
 *
 * Shared by the importers. A text may hold any bytes; nothing is copied. */
#ifndef TMB_CORPUS_TEXT_LINES_H
#define TMB_CORPUS_TEXT_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text_span {
  const char *bytes;
  size_t n;
};

struct text_line {
  struct text_span span; /* without the line end, LF or CR LF */
  uint64_t number;       /* from 1 */
  bool ended;            /* false: the last line, and no line end follows it */
};

/* The place between two lines; copy it to come back. */
struct text_lines {
  const char *next, *end;
  uint64_t number; /* of the line before */
};

struct text_lines text_lines_of(const char *bytes, size_t n);

/* False at the end. */
bool text_lines_next(struct text_lines *lines, struct text_line *line);

/* Cuts the first word off *rest: the bytes up to a space or tab, leading ones skipped. The word is
 * empty at the end. */
struct text_span text_word(struct text_span *rest);

struct text_span text_trim(struct text_span span); /* spaces and tabs, both ends */
bool text_is(struct text_span span, const char *what);
bool text_starts(struct text_span span, const char *with);
bool text_ends(struct text_span span, const char *with);

/* The whole span is a number that fits. Hexadecimal is without a prefix. */
bool text_decimal(struct text_span span, uint64_t *number);
bool text_hexadecimal(struct text_span span, uint64_t *number);

#endif
