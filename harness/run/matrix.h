/* matrix.h: from a profile and options to the points of a run.
 *
 * A profile is a JSON file (ci/matrices/): rounds, times and sweeps. A sweep is a workload and, for
 * each dimension, a list; its points are all combinations:
 *
 *   {"summary": "…", "rounds": 3, "min_time_s": 0.05, "budget_s": 280, "timeout_s": 120,
 *    "count_instructions": false, "sweeps": [
 *      {"workload": "unique_inserts", "maps": ["own"], "keys": [1000, 10000], "threads": "each",
 *       "kinds": ["strings"], "pages": ["cold", "warm"], "places": ["compact"],
 *       "parameters": {"skew": 0.99}, "operations": 200000, "block_bytes": 65536,
 *       "huge_pages": false, "mem": ["first-touch"], "mem_keys": "first-touch",
 *       "mem_history": "first-touch", "rates": [1000000, 2000000], "arrivals": "poisson",
 *       "twice": true}]}
 *
 * Of the map plug-ins beside the program (mutants stand elsewhere) "own" are those that name no
 * library, "peers" those that do, "all" are both. "each" thread count is 1, 2, 4 … up to the number
 * of PUs that the place has, and that number. A place is spelled as in placement.h; "pairs" is
 * node:A+node:B for all nodes A and B of this machine, A = B included.
 * "twice" adds an A/A copy of every point. Left out: maps own, keys 1000 to 1000000 by tens,
 * threads each, strings, warm, compact, each map's usual region, 200000 operations. Without rates
 * the loop is closed; with them it is open, and arrivals are poisson unless they are said to be
 * fixed.
 *
 * Choices given as options replace the profile's lists in every sweep.
 */
#ifndef TMB_MATRIX_H
#define TMB_MATRIX_H

#include "run/point.h"

#define MATRIX_ERROR_BYTES 1024
#define CHOICES_MOST 64
#define MATRIX_ROUNDS_MOST 10000

struct choice_list {
  const char *item[CHOICES_MOST];
  size_t count;
};

/* Options of `tmb bench`; an empty list or zero: not given. Strings must stay valid. */
struct matrix_choices {
  struct choice_list workloads, maps, regions, kinds, keys, pages, places, threads, rates,
      parameters;
  const char *arrivals; /* with rates; NULL: what the sweep says, else poisson */
  const char *corpus;
  uint64_t operations, block_bytes, seed;
  bool huge_pages;                         /* in every sweep */
  struct choice_list memories;             /* policies of the regions' blocks */
  const char *key_memory, *history_memory; /* NULL: not given */
  const char *filter;                      /* POSIX extended regular expression on point names */
};

struct matrix {
  struct point *point;
  size_t count;
  unsigned rounds;
  double min_time_s;
  double budget_s;         /* no further round of a point is begun that would end later; 0: none */
  double timeout_s;        /* a process that takes longer hangs */
  bool count_instructions; /* of calls, in each point's first process */
  unsigned node_pairs;     /* what "pairs" among the places became; 0: was not asked for */
  json_t *storage;         /* owns the strings of the points */
};

/* Reads the profile (NULL: one sweep of the choices alone) and makes the points. The default corpus
 * is used where a workload needs one and none was chosen. False with a sentence in
 * error[MATRIX_ERROR_BYTES]; a filter that matches nothing is an error. */
bool matrix_make(const char *profile_path, const struct matrix_choices *,
                 const char *default_corpus, struct matrix *, char *error);

/* As plan.json holds it, and back: a run that is resumed takes its points from there. */
json_t *matrix_json(const struct matrix *);
bool matrix_from_json(json_t *, struct matrix *, char *error);

void matrix_fini(struct matrix *);

#endif
