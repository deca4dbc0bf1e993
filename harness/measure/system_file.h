/* system_file.h: small texts from /proc and /sys, or from a tree that a test has made. A file that
 * is not there is an answer, never an error. Used by machine_facts and container_limits. */
#ifndef TMB_SYSTEM_FILE_H
#define TMB_SYSTEM_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* The beginning of the file `path` below `root` ("" for the real one), as far as it fits, without
 * the white space at its end. False: not readable, or empty; then text is "". */
bool system_file_text(const char *root, const char *path, char *text, size_t size);

/* The number that the file begins with. False: not readable, or it begins with something else. */
bool system_file_number(const char *root, const char *path, double *number);

/* The value of the first line "key: value" (white space around the colon) in a text. False: no such
 * line; then value is "". */
bool system_file_field(const char *text, const char *key, char *value, size_t size);

#endif
