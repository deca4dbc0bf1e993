/* points.h: the rounds of all runs, gathered into points.
 *
 * Called by cmd/report.c; read by the tables, the pictures and the page. A point owns nothing of
 * the JSON that it points into: the run folders must outlive it.
 */
#ifndef TMB_REPORT_POINTS_H
#define TMB_REPORT_POINTS_H

#include <jansson.h>
#include <stdint.h>
#include <string.h>

#include "report/interval.h"
#include "report/run_folder.h"

/* The two generations that every report sets side by side. */
#define OLD_MAP "fixed_bucket"
#define NEW_MAP "hash_trie"
#define NULL_MAP "null_map"
/* The baselines that measure a limit of the machine, see point_is_floor_of(). */
#define HASH_MAP "hash_only"
#define CHASE_MAP "chase_only"
#define ID_MAP "id_only"

enum outcome { OUTCOME_ADDED, OUTCOME_FOUND, OUTCOME_MISSED, OUTCOMES };

struct bucket {
  double upper_ns; /* holds values at most this, and above the bucket before */
  double count;
};

/* A latency histogram, summed over the rounds. */
struct latencies {
  double count, max_ns;
  struct bucket *buckets; /* rising */
  size_t bucket_count;
};

struct failure {
  const char *name, *reason, *detail;
  unsigned round;
};

struct round {
  json_t *entry; /* borrowed from the run */
  const struct run_folder *run;
};

struct point {
  const char *name; /* as in bench.json */
  const char *workload, *map, *region, *kind, *pages, *place, *arm, *corpus;
  const char *library; /* that the map is made of, which makes it a peer; "": none, or an old run */
  bool baseline;       /* the map interns nothing */
  char *parameters;    /* "skew=0.99", "" when there are none */
  uint64_t keys;
  unsigned threads;
  double rate;          /* operations a second asked for; 0: a closed loop */
  const char *arrivals; /* "fixed", "poisson"; "" in a closed loop */

  struct round *rounds;
  double *ns_per_op; /* one a round */
  size_t round_count;
  double median_ns; /* of ns_per_op; with its interval the point's figure */
  struct interval interval;
  const struct failure
      *failure; /* not NULL: the point is void, and its figures must not be shown */
  struct latencies latency[OUTCOMES];
};

struct points {
  /* Sorted: workload, kind, place, parameters, keys, threads, pages, map, … First `count` points of
   * closed loops, then `open_count` of open ones, which have pictures and tables of their own: the
   * time per operation of an open loop is mostly waiting. */
  struct point *items;
  size_t count, open_count;
  struct failure *failures;
  size_t failure_count;
  const struct run_folder *runs;
  size_t run_count;
  json_t *from_names; /* holds the strings of points that only a failure's name tells of */
};

/* True, or false with a sentence in error[RUN_ERROR]. points_fini() after both. */
bool points_init(struct points *points, const struct run_folder *runs, size_t run_count,
                 char *error);
void points_fini(struct points *points);

/* Whether the point has a figure that may be shown and compared. */
static inline bool point_is_good(const struct point *point)
{
  return !point->failure && point->round_count > 0;
}

/* Whether the map interns nothing; runs from before they said so have NULL_MAP alone. */
static inline bool point_is_baseline(const struct point *point)
{
  return point->baseline || strcmp(point->map, NULL_MAP) == 0;
}

/* Whether the baseline costs no more than an operation with that outcome must. The chase is one
 * that finds, a drawn id one that adds; all operations hash. OUTCOMES: nobody knows which. */
bool point_is_floor_of(const struct point *baseline, enum outcome outcome);

/* Whether its threads may stand on a curve over threads. Where a crowd shares each processor, the
 * scheduler is measured too. */
static inline bool point_is_of_a_curve(const struct point *point)
{
  return strcmp(point->workload, "oversubscription") != 0;
}

/* Median over the rounds of a flat counter; NaN when no round has it. */
double point_counter(const struct point *point, const char *counter);

/* The outcome that most operations of the point had; OUTCOMES when nothing tells. */
enum outcome point_main_outcome(const struct point *point);

/* "added", "found", "missed". */
const char *outcome_name(enum outcome outcome);

/* Equal in workload, kind, place, parameters, corpus and arrivals: what one heading covers. */
bool point_same_group(const struct point *a, const struct point *b);

#endif
