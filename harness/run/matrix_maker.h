/* matrix_maker.h: a matrix in the making. Private to matrix.c, which reads profile and options, and
 * matrix_sweep.c, which makes the points of one workload; everybody else includes matrix.h. */
#ifndef TMB_MATRIX_MAKER_H
#define TMB_MATRIX_MAKER_H

#include "run/matrix.h"

struct maker {
  const struct matrix_choices *choices;
  const char *default_corpus;
  const char *profile_path; /* for sentences */
  struct matrix *matrix;
  size_t capacity;
  struct topology *topology;
  json_t *own_maps, *peer_maps; /* names */
  char *error;
};

/* Writes the sentence to error[MATRIX_ERROR_BYTES] and returns false. */
__attribute__((format(printf, 2, 3))) bool matrix_refuse(char *error, const char *format, ...);

/* A whole number from least to most: a JSON integer, or a string that spells one. */
bool matrix_number(const json_t *, uint64_t least, uint64_t most, uint64_t *out);

/* Adds all points of a workload: the combinations that the options choose, else those that the
 * sweep lists (NULL: none), else the defaults. False with a sentence. */
bool matrix_add_workload(struct maker *maker, const char *name, const json_t *sweep);

#endif
