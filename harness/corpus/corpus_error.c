/* corpus_error.c: see corpus_error.h. */
#include "corpus/corpus_error.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static void fill(struct corpus_error *error, const char *where, const char *format, va_list values)
{
  int used = snprintf(error->text, sizeof error->text, "%s: ", where);
  if (used > 0 && (size_t)used < sizeof error->text)
    vsnprintf(error->text + used, sizeof error->text - (size_t)used, format, values);
}

bool corpus_error_at_line(struct corpus_error *error, const char *path, uint64_t line,
                          const char *format, ...)
{
  char where[512];
  snprintf(where, sizeof where, "%.480s:%llu", path, (unsigned long long)line);
  va_list values;
  va_start(values, format);
  fill(error, where, format, values);
  va_end(values);
  return false;
}

bool corpus_error_at_byte(struct corpus_error *error, const char *path, uint64_t offset,
                          const char *format, ...)
{
  char where[512];
  snprintf(where, sizeof where, "%.460s: byte %llu", path, (unsigned long long)offset);
  va_list values;
  va_start(values, format);
  fill(error, where, format, values);
  va_end(values);
  return false;
}

bool corpus_error_of_file(struct corpus_error *error, const char *path, const char *format, ...)
{
  char where[512];
  snprintf(where, sizeof where, "%.500s", path);
  va_list values;
  va_start(values, format);
  fill(error, where, format, values);
  va_end(values);
  return false;
}

struct corpus_quote corpus_quote(const char *bytes, size_t n)
{
  enum { SHOWN = 48 };
  struct corpus_quote quote;
  size_t used = 0;
  for (size_t i = 0; i < n; i++) {
    unsigned char byte = (unsigned char)bytes[i];
    bool plain = byte >= 0x20 && byte < 0x7f && byte != '\\';
    size_t needed = plain ? 1 : 4;
    if (used + needed > SHOWN) {
      memcpy(quote.text + used, "...", 3);
      used += 3;
      break;
    }
    if (plain)
      quote.text[used] = (char)byte;
    else
      snprintf(quote.text + used, 5, "\\x%02x", byte);
    used += needed;
  }
  quote.text[used] = '\0';
  return quote;
}
