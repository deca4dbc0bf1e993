/* gate_picture.h: the intervals of a gate as a picture. Called by cmd/gate.c. */
#ifndef TMB_GATE_PICTURE_H
#define TMB_GATE_PICTURE_H

#include "gate/verdict.h"

/* Draws <folder>/gate.svg and .png; plots: where the scripts are. Verdicts without a ratio are left
 * out; without any there is no picture. False with a sentence in error[GATE_ERROR_BYTES]. */
bool gate_picture_draw(const struct pairs *, const struct judgement *, const char *plots,
                       const char *folder, char *error);

#endif
