/* text.c: see text.h. */
#include "report/text.h"

#include <stdbool.h>

size_t text_width(const char *text)
{
  size_t width = 0;
  for (; *text; text++)
    width += ((unsigned char)*text & 0xc0) != 0x80;
  return width;
}

static bool is_control(char c)
{
  return (unsigned char)c < 0x20 || c == 0x7f;
}

void text_print(FILE *out, const char *text)
{
  for (; *text; text++) {
    /* U+0080 to U+009F are control characters too. */
    if ((unsigned char)text[0] == 0xc2 && ((unsigned char)text[1] & 0xe0) == 0x80) {
      fputc('?', out);
      text++;
    } else {
      fputc(is_control(*text) ? '?' : *text, out);
    }
  }
}

void text_html(FILE *out, const char *text)
{
  for (; *text; text++) {
    switch (*text) {
    case '&':
      fputs("&amp;", out);
      break;
    case '<':
      fputs("&lt;", out);
      break;
    case '>':
      fputs("&gt;", out);
      break;
    case '"':
      fputs("&quot;", out);
      break;
    case '\'':
      fputs("&#39;", out);
      break;
    default:
      fputc(is_control(*text) ? ' ' : *text, out);
    }
  }
}

void text_gnuplot(FILE *out, const char *text)
{
  fputc('\'', out);
  for (; *text; text++) {
    if (*text == '\'')
      fputs("''", out);
    else
      fputc(is_control(*text) ? ' ' : *text, out);
  }
  fputc('\'', out);
}
