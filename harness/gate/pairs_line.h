/* pairs_line.h: takes the lines of pairs.jsonl into memory, one object at a time, whether they come
 * from a file or from the runner. Called by pairs.c alone. */
#ifndef TMB_GATE_PAIRS_LINE_H
#define TMB_GATE_PAIRS_LINE_H

#include "gate/pairs.h"

/* Both refuse what pairs.h does not describe, with a sentence in error[GATE_ERROR_BYTES] that does
 * not name the line. The object is borrowed. */
bool pairs_take_header(struct pairs *, json_t *object, char *error);
bool pairs_take_line(struct pairs *, json_t *object, char *error);

#endif
