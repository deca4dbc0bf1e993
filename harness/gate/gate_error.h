/* gate_error.h: sentences of this room's files into error[GATE_ERROR_BYTES]. */
#ifndef TMB_GATE_ERROR_H
#define TMB_GATE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#define GATE_ERROR_BYTES 1536

/* False, always. Nothing that is quoted may steer a terminal. */
__attribute__((format(printf, 2, 3))) static inline bool gate_refuse(char *error,
                                                                     const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(error, GATE_ERROR_BYTES, format, arguments);
  va_end(arguments);
  for (char *c = error; *c; c++)
    if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f)
      *c = '?';
  return false;
}

#endif
