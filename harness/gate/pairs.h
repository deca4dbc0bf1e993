/* pairs.h: what a gate measured: pairs.jsonl, from which every verdict can be made again.
 *
 * Line 1 is the header, then an object a line, in the order in which things happened:
 *
 *   {"schema":"tracemap-bench/gate-pairs/1", "seed":N, "base":{"commit":…,"build":…},
 *    "candidate":{…}, "machine":{machine_facts_json()}, "manifest":[rows], "same":[benchmarks],
 *    "removed":[benchmarks], "looks":[20,40,80,160]}
 *   {"benchmark":NAME, "arm":"change", "pair":N, "order":"base-first", "base":HALF,
 *    "candidate":HALF}
 *   {"benchmark":NAME, "instructions":{"base":N, "candidate":N}}
 *   {"benchmark":NAME, "trouble":"missing", "side":"candidate", "reason":"…"}
 *
 *   HALF = {"chunk_ns":[…], "cpu_ns":X, "counters":{"cycles":X, …}}
 *
 * A half is one fresh process. chunk_ns: the wall time an operation of each of its chunks, 8 or
 * more, as many in all halves of a benchmark; cpu_ns: its CPU time an operation over all chunks;
 * counters, where the machine has them: events an operation. The arm "change" sets the base build
 * against the candidate; "same" the base build against itself, its halves named by coin flip.
 * Pairs of a benchmark and arm are numbered from 1 without a gap.
 *
 * Each line is one write(2); a last line without its end is torn: it is left out, and `torn` says
 * so. What was appended is in memory too, as a reader would have it, so that the runner and a
 * reader of the file give one verdict. Used by the runner, verdict.c, cmd/gate.c. Not thread-safe
 * for one file.
 */
#ifndef TMB_GATE_PAIRS_H
#define TMB_GATE_PAIRS_H

#include "gate/manifest.h"

#define PAIRS_SCHEMA "tracemap-bench/gate-pairs/1"

enum {
  PAIRS_CHUNKS_LEAST = 8,
  PAIRS_CHUNKS_MOST = 1024,
  PAIRS_LOOKS_MOST = 8,
  PAIRS_MOST = 1000, /* of a benchmark and arm */
};

enum pairs_arm { PAIRS_CHANGE, PAIRS_SAME, PAIRS_ARMS };
enum pairs_order { PAIRS_BASE_FIRST, PAIRS_CANDIDATE_FIRST };
enum pairs_side { PAIRS_BASE, PAIRS_CANDIDATE, PAIRS_SIDES };

/* How a half is looked at. The minimum is what is steady; it cannot see stalls, the others can. */
enum pairs_view { PAIRS_MINIMUM, PAIRS_CPU, PAIRS_P90, PAIRS_VIEWS };

/* What went wrong with a side of a benchmark. */
enum pairs_trouble {
  PAIRS_MISSING, /* the build does not have it: no such map or workload */
  PAIRS_FAILED,  /* crash, hang or refusal */
  PAIRS_WRONG,   /* the oracle found a broken promise */
};

/* One process, as the runner hands it in. */
struct pairs_half {
  const double *chunk_ns;
  size_t chunk_count;
  double cpu_ns;
  json_t *counters; /* object of numbers, borrowed; NULL: none */
};

struct pairs_pair {
  enum pairs_order order;
  double ns[PAIRS_SIDES][PAIRS_VIEWS]; /* an operation */
  json_t *counters[PAIRS_SIDES];       /* NULL: none */
};

struct pairs_series {
  char *benchmark;
  enum pairs_arm arm;
  size_t chunk_count;
  struct pairs_pair *pair;
  size_t count, room;
};

struct pairs_instructions {
  char *benchmark;
  uint64_t count[PAIRS_SIDES]; /* above 0 */
};

struct pairs_event {
  char *benchmark;
  enum pairs_trouble trouble;
  enum pairs_side side;
  char *reason;
};

struct pairs {
  json_t *header;
  struct manifest manifest; /* of the candidate */
  size_t look[PAIRS_LOOKS_MOST], look_count;
  struct pairs_series *series; /* in the order in which they first came */
  size_t series_count, series_room;
  struct pairs_instructions *instructions;
  size_t instructions_count, instructions_room;
  struct pairs_event *event;
  size_t event_count, event_room;
  bool torn;      /* the file's last line was left out */
  int descriptor; /* -1: only read */
  char *path;
};

/* What the runner knows before the first pair. All is borrowed. */
struct pairs_build {
  const char *commit, *build; /* as `tmb --version` has them */
};
struct pairs_plan {
  uint64_t seed; /* below 2^63 */
  struct pairs_build build[PAIRS_SIDES];
  json_t *machine;                 /* machine_facts_json() */
  const struct manifest *manifest; /* of the candidate */
  const char *const *same;         /* benchmarks that have an A/A arm; ends with NULL */
  const char *const *removed;      /* in the base's manifest alone; ends with NULL */
  const size_t *look;              /* rising; ends with 0; NULL: 20, 40, 80, 160 */
};

/* Makes the file, which must not exist, with its header. All calls that return bool give false with
 * a sentence in error[GATE_ERROR_BYTES]; after create or read that failed nothing is to be given
 * back. */
bool pairs_create(struct pairs *, const char *path, const struct pairs_plan *, char *error);

/* Append one line each; the pair's number is one above the last of its series. */
bool pairs_add(struct pairs *, const char *benchmark, enum pairs_arm, enum pairs_order,
               const struct pairs_half half[PAIRS_SIDES], char *error);
bool pairs_add_instructions(struct pairs *, const char *benchmark,
                            const uint64_t count[PAIRS_SIDES], char *error);
bool pairs_add_trouble(struct pairs *, const char *benchmark, enum pairs_trouble, enum pairs_side,
                       const char *reason, char *error);

/* Reads a whole file; error names file and line. */
bool pairs_read(struct pairs *, const char *path, char *error);
bool pairs_parse(struct pairs *, FILE *in, const char *file_name, char *error);

void pairs_fini(struct pairs *);

/* NULL: no pair of it yet. */
const struct pairs_series *pairs_find(const struct pairs *, const char *benchmark, enum pairs_arm);

/* Whether the benchmark was declared to have an A/A arm. */
bool pairs_has_same_arm(const struct pairs *, const char *benchmark);

/* From the header: the fingerprint of the machine, a side's commit; "" when it does not say. */
const char *pairs_fingerprint(const struct pairs *);
const char *pairs_commit(const struct pairs *, enum pairs_side);

const char *pairs_arm_name(enum pairs_arm);
const char *pairs_side_name(enum pairs_side);
const char *pairs_trouble_name(enum pairs_trouble);
const char *pairs_view_name(enum pairs_view); /* "minimum", "cpu", "p90" */

#endif
