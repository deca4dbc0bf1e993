/* point.h: what one point of a matrix measures, and how it is named.
 *
 * A point travels from the matrix to the process that measures it, and into the results, as JSON.
 */
#ifndef TMB_POINT_H
#define TMB_POINT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "api/workload.h"
#include "place/block_source.h"
#include "place/placement.h"
#include "run/arrivals.h"

#define POINT_ERROR_BYTES 1536

enum point_memory { POINT_MEM, POINT_MEM_KEYS, POINT_MEM_HISTORY, POINT_MEMORIES };

struct point {
  const char *workload, *map, *region; /* plug-in names or paths */
  enum key_kind kind;
  uint64_t keys; /* 0: the corpus says */
  enum block_pages pages;
  const char *place; /* as placement.h spells it */
  unsigned threads;
  uint64_t operations; /* timed steps a worker wanted */
  uint64_t block_bytes;
  bool huge_pages; /* asked for */
  /* Memory policies of the regions' blocks, of keys with their tapes, and of recorded tapes, as
   * memory_policy.h spells them; NULL: first-touch. */
  const char *memory[POINT_MEMORIES];
  uint64_t seed;
  uint64_t rate; /* operations a second of all workers together; 0: a closed loop */
  enum arrival_process arrivals;
  const char *corpus;                          /* path, NULL: none */
  const char *arm;                             /* "", or "A/A" for the second copy */
  const char *parameter_name[PLAN_PARAMETERS]; /* ended by NULL */
  double parameter[PLAN_PARAMETERS];
  char name[512]; /* made by point_set_name() */
};

/* Makes point->name of the rest, as results/README.md writes it. */
void point_set_name(struct point *);

/* The member `point` of a result. New reference, NULL: no memory. */
json_t *point_json(const struct point *);

/* Sets one of the three policies; first-touch becomes NULL. per-node and interleave@BYTES are for
 * regions alone. False with a sentence in error[POINT_ERROR_BYTES]. */
bool point_set_memory(struct point *, enum point_memory, const char *policy, char *error);
/* As JSON, names and profiles have it: "mem", "mem_keys", "mem_history". */
const char *point_memory_name(enum point_memory);

/* The other way. Strings belong to the json, which must outlive the point. False with a sentence in
 * error[POINT_ERROR_BYTES]. */
bool point_from_json(const json_t *, struct point *, char *error);

/* The JSON of the point with that name, which must be spelled as point_set_name() does, with no
 * corpus and no arm. A new reference; NULL with a sentence in error[POINT_ERROR_BYTES]. */
json_t *point_json_of_name(const char *name, uint64_t operations, uint64_t seed, char *error);

const char *key_kind_name(enum key_kind);
bool key_kind_parse(const char *, enum key_kind *);
const char *block_pages_name(enum block_pages);
bool block_pages_parse(const char *, enum block_pages *);

/* The plug-in's name behind a name or a path: "./mine.so" is "mine". Up to size - 1 bytes. */
void plugin_short_name(const char *name_or_path, char *out, size_t size);

#endif
