/* reading.h: a JSON file that people may have damaged: what its members must be, and
 * complaints that name file, place and fault. Used by run_folder.c. Not thread-safe: jansson's hash
 * seed is set on first use.
 */
#ifndef TMB_REPORT_READING_H
#define TMB_REPORT_READING_H

#include <jansson.h>
#include <stdbool.h>

#define RUN_ERROR 1024

#define EXACT_INTEGER 9007199254740992.0 /* 2^53: larger ones are not whole in a double */

/* Where in which file the reader stands, for its complaints. */
struct reading_place {
  const char *file;
  char *error; /* RUN_ERROR bytes */
  char at[96]; /* "benchmarks[3]" */
};

/* Writes file, place and the sentence into place->error. Returns false. */
__attribute__((format(printf, 2, 3))) bool reading_complain(const struct reading_place *place,
                                                            const char *format, ...);

/* "an object", "nothing". */
const char *reading_type_name(const json_t *value);

/* True, or a complaint. */
bool reading_want_object(const struct reading_place *place, const json_t *parent, const char *name);
bool reading_want_array(const struct reading_place *place, const json_t *parent, const char *name);
bool reading_want_string(const struct reading_place *place, const json_t *parent, const char *name);
/* A whole number from least up to EXACT_INTEGER. */
bool reading_want_whole(const struct reading_place *place, const json_t *parent, const char *name,
                        double least);

/* The object that the file holds, a new reference; NULL with a complaint. */
json_t *reading_load(struct reading_place *place);

#endif
