/* text_lines.c: see text_lines.h. */
#include "corpus/text_lines.h"

#include <string.h>

struct text_lines text_lines_of(const char *bytes, size_t n)
{
  return (struct text_lines){.next = bytes, .end = bytes + n};
}

bool text_lines_next(struct text_lines *lines, struct text_line *line)
{
  if (lines->next == lines->end)
    return false;
  const char *start = lines->next;
  const char *feed = memchr(start, '\n', (size_t)(lines->end - start));
  const char *stop = feed != NULL ? feed : lines->end;
  lines->next = feed != NULL ? feed + 1 : lines->end;
  if (feed != NULL && stop > start && stop[-1] == '\r')
    stop--;
  *line = (struct text_line){.span = {.bytes = start, .n = (size_t)(stop - start)},
                             .number = ++lines->number,
                             .ended = feed != NULL};
  return true;
}

static bool is_blank(char byte)
{
  return byte == ' ' || byte == '\t';
}

struct text_span text_word(struct text_span *rest)
{
  while (rest->n > 0 && is_blank(*rest->bytes)) {
    rest->bytes++;
    rest->n--;
  }
  struct text_span word = {.bytes = rest->bytes};
  while (rest->n > 0 && !is_blank(*rest->bytes)) {
    rest->bytes++;
    rest->n--;
    word.n++;
  }
  return word;
}

struct text_span text_trim(struct text_span span)
{
  while (span.n > 0 && is_blank(*span.bytes)) {
    span.bytes++;
    span.n--;
  }
  while (span.n > 0 && is_blank(span.bytes[span.n - 1]))
    span.n--;
  return span;
}

bool text_is(struct text_span span, const char *what)
{
  return span.n == strlen(what) && memcmp(span.bytes, what, span.n) == 0;
}

bool text_starts(struct text_span span, const char *with)
{
  size_t n = strlen(with);
  return span.n >= n && memcmp(span.bytes, with, n) == 0;
}

bool text_ends(struct text_span span, const char *with)
{
  size_t n = strlen(with);
  return span.n >= n && memcmp(span.bytes + span.n - n, with, n) == 0;
}

bool text_decimal(struct text_span span, uint64_t *number)
{
  uint64_t value = 0;
  for (size_t i = 0; i < span.n; i++) {
    unsigned digit = (unsigned)(unsigned char)span.bytes[i] - '0';
    if (digit > 9 || value > (UINT64_MAX - digit) / 10)
      return false;
    value = value * 10 + digit;
  }
  *number = value;
  return span.n > 0;
}

bool text_hexadecimal(struct text_span span, uint64_t *number)
{
  static const char digits[] = "0123456789abcdef";
  uint64_t value = 0;
  for (size_t i = 0; i < span.n; i++) {
    char byte = span.bytes[i] >= 'A' && span.bytes[i] <= 'F' ? (char)(span.bytes[i] + 'a' - 'A')
                                                             : span.bytes[i];
    const char *digit = byte != '\0' ? strchr(digits, byte) : NULL;
    if (digit == NULL || value >> 60 != 0)
      return false;
    value = value << 4 | (uint64_t)(digit - digits);
  }
  *number = value;
  return span.n > 0;
}
