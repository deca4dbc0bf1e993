/* manifest.h: what the regression gate compares: the rows of ci/gate.tsv.
 *
 * A text file, a row a line, columns parted by tabs; `#` begins a comment line:
 *
 *   benchmark                            tier          limit  direction  operations
 *   misses/hash_trie/…/threads:1         time          2.5%   slower     200000
 *
 * The first row that is no comment names the columns, just so. A benchmark is a point's name as
 * run/point.h makes it. Tiers: `time` blocks, by pairs of processes; `instructions` blocks, by
 * counted instructions of the map's functions, at one thread; `advice` is measured as `time` is and
 * blocks nothing. Direction: `slower` is a fault, or a change in `both` directions is.
 *
 * Called by pairs.c, verdict.c, the runner and cmd/gate.c. Not thread-safe for one manifest.
 */
#ifndef TMB_GATE_MANIFEST_H
#define TMB_GATE_MANIFEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "gate/gate_error.h"

enum manifest_tier { MANIFEST_TIME, MANIFEST_INSTRUCTIONS, MANIFEST_ADVICE };
enum manifest_direction { MANIFEST_SLOWER, MANIFEST_BOTH };

struct manifest_row {
  char *benchmark; /* a benchmark has at most one row of tier time or advice, and one of
                      instructions */
  enum manifest_tier tier;
  double limit; /* a change above it counts: 0.025 is 2.5 %; above 0, below 1 */
  enum manifest_direction direction;
  uint64_t operations; /* timed steps a worker in each chunk; from 1 to 10^12 */
  unsigned threads;    /* as the name says */
};

struct manifest {
  struct manifest_row *row;
  size_t count; /* at least 1 */
};

/* Both give false with a sentence in error[GATE_ERROR_BYTES] that names file and line, and then
 * leave nothing to be given back. */
bool manifest_read(struct manifest *, const char *path, char *error);
bool manifest_parse(struct manifest *, FILE *in, const char *file_name, char *error);
void manifest_fini(struct manifest *);

/* The rows as pairs.jsonl holds them, and back. A new reference. */
json_t *manifest_json(const struct manifest *);
bool manifest_from_json(const json_t *, struct manifest *, char *error);

/* Whether rows of that tier are measured in pairs. */
bool manifest_in_pairs(enum manifest_tier);

/* The row of that benchmark that is measured in pairs, or its row of instructions; NULL: none. */
const struct manifest_row *manifest_find(const struct manifest *, const char *benchmark,
                                         bool in_pairs);

const char *manifest_tier_name(enum manifest_tier);
const char *manifest_direction_name(enum manifest_direction);

#endif
