/* history_shape.h: the table of functions: which model, which key, arguments and result each has.
 * Private to the files that read and write histories. */
#ifndef TMB_HISTORY_SHAPE_H
#define TMB_HISTORY_SHAPE_H

#include "record/history.h"

enum key_shape { KEY_NONE, KEY_OPTIONAL, KEY_NEEDED, KEY_HEX };
enum args_shape { ARGS_NONE, ARGS_VALUE, ARGS_FROM_TO, ARGS_STRING };
enum result_shape {
  RESULT_NONE,
  RESULT_VALUE,
  RESULT_BOOLEAN,
  RESULT_STRING_OR_NULL,
  RESULT_ID_ADDED,
  RESULT_ID_OR_NULL,
  RESULT_ID
};

struct history_shape {
  enum history_model model;
  const char *name;
  enum key_shape key;
  enum args_shape args;
  enum result_shape result;
};

extern const struct history_shape history_shapes[HISTORY_FUNCTIONS];

#endif
