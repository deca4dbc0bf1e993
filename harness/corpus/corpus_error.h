/* corpus_error.h: one failure, as a sentence for the user: where, what is wrong, the mend.
 *
 * Filled by everything in this room that reads; printed by the caller. Bytes of the input appear in
 * it only escaped and shortened, so it is safe to print whatever the input was. */
#ifndef TMB_CORPUS_ERROR_H
#define TMB_CORPUS_ERROR_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct corpus_error {
  char text[1024];
};

/* Fills error with "<where>: <formatted>"; these return false, so that a reader can return them. */
_Bool corpus_error_at_line(struct corpus_error *error, const char *path, uint64_t line,
                           const char *format, ...) __attribute__((format(printf, 4, 5)));
_Bool corpus_error_at_byte(struct corpus_error *error, const char *path, uint64_t offset,
                           const char *format, ...) __attribute__((format(printf, 4, 5)));
_Bool corpus_error_of_file(struct corpus_error *error, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A quotation from the input, printable and at most 48 characters; what does not fit is "...". */
struct corpus_quote {
  char text[64];
};
struct corpus_quote corpus_quote(const char *bytes, size_t n);

#endif
