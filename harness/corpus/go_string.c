/* go_string.c: see go_string.h. */
#include "corpus/go_string.h"

#include <string.h>

/* Appends a code point as UTF-8; a surrogate or one beyond Unicode is refused. */
static bool append_utf8(char **to, uint32_t point)
{
  if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
    return false;
  if (point < 0x80) {
    *(*to)++ = (char)point;
  } else if (point < 0x800) {
    *(*to)++ = (char)(0xc0 | point >> 6);
    *(*to)++ = (char)(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    *(*to)++ = (char)(0xe0 | point >> 12);
    *(*to)++ = (char)(0x80 | (point >> 6 & 0x3f));
    *(*to)++ = (char)(0x80 | (point & 0x3f));
  } else {
    *(*to)++ = (char)(0xf0 | point >> 18);
    *(*to)++ = (char)(0x80 | (point >> 12 & 0x3f));
    *(*to)++ = (char)(0x80 | (point >> 6 & 0x3f));
    *(*to)++ = (char)(0x80 | (point & 0x3f));
  }
  return true;
}

/* One escape of a Go string; *at is behind the backslash and is moved behind the escape. */
static bool unescape(const char **at, const char *end, char **to)
{
  static const char letters[] = "abfnrtv\\\"", meant[] = "\a\b\f\n\r\t\v\\\"";
  char letter = *(*at)++;
  const char *simple = letter != '\0' ? strchr(letters, letter) : NULL;
  if (simple != NULL) {
    *(*to)++ = meant[simple - letters];
    return true;
  }
  size_t digits = letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
  uint64_t value = 0;
  if (digits > 0) {
    struct text_span number = {.bytes = *at, .n = digits};
    if ((size_t)(end - *at) < digits || !text_hexadecimal(number, &value))
      return false;
    *at += digits;
    if (letter != 'x')
      return append_utf8(to, (uint32_t)value);
  } else {
    if (letter < '0' || letter > '7' || end - *at < 2)
      return false;
    value = (uint64_t)(letter - '0');
    for (int i = 0; i < 2; i++, (*at)++) {
      if (**at < '0' || **at > '7')
        return false;
      value = value * 8 + (uint64_t)(**at - '0');
    }
    if (value > 255)
      return false;
  }
  *(*to)++ = (char)value;
  return true;
}

bool go_string_unquote(struct text_span quoted, char *to, size_t *n)
{
  if (quoted.n < 2 || quoted.bytes[0] != '"' || quoted.bytes[quoted.n - 1] != '"')
    return false;
  const char *at = quoted.bytes + 1, *end = quoted.bytes + quoted.n - 1;
  const char *start = to;
  while (at < end) {
    char byte = *at++;
    if (byte == '"')
      return false;
    if (byte != '\\')
      *to++ = byte;
    else if (at == end || !unescape(&at, end, &to))
      return false;
  }
  *n = (size_t)(to - start);
  return true;
}
