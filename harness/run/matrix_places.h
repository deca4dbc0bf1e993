/* matrix_places.h: the places of a sweep. Called by matrix.c.
 */
#ifndef TMB_MATRIX_PLACES_H
#define TMB_MATRIX_PLACES_H

#include <jansson.h>

#include "place/topology.h"

/* Replaces "pairs" by node:A+node:B for all nodes A and B with CPUs, A = B included, and sets
 * *pairs to how many these are; leaves the other places alone. Takes the list and returns a new
 * one. */
json_t *matrix_places(json_t *list, const struct topology *, unsigned *pairs);

#endif
