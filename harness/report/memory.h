/* memory.h: allocation for a program that has nothing to save when memory runs out: it says so and
 * ends with exit code 4. Used by the files of this room only. */
#ifndef TMB_REPORT_MEMORY_H
#define TMB_REPORT_MEMORY_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void *memory_checked(void *memory)
{
  if (!memory) {
    fputs("tmb report: out of memory\n", stderr);
    exit(4);
  }
  return memory;
}

static inline void *memory_zeroed(size_t count, size_t size)
{
  return memory_checked(calloc(count ? count : 1, size));
}

/* Room for one more element behind `count`; doubles at each power of two. */
static inline void *memory_one_more(void *array, size_t count, size_t size)
{
  if (count & (count - 1))
    return array;
  return memory_checked(realloc(array, (count ? 2 * count : 1) * size));
}

/* What printf would print, malloc'ed. */
static inline char *memory_formatted(const char *format, va_list arguments)
{
  char *text;
  return memory_checked(vasprintf(&text, format, arguments) < 0 ? NULL : text);
}

__attribute__((format(printf, 1, 2))) static inline char *memory_format(const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  char *text = memory_formatted(format, arguments);
  va_end(arguments);
  return text;
}

static inline char *memory_string(const char *text)
{
  return memory_checked(strdup(text));
}

#endif
