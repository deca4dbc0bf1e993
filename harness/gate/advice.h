/* advice.h: how the candidate's maps stand to each other, against what was kept of earlier gates on
 * this machine. It blocks nothing: stored figures are of another day.
 *
 * A ratio is of two benchmarks of one gate that differ in map and region alone: any map over the
 * one that the manifest has first. Absolute times are not kept. The history is a file of JSON
 * lines:
 *
 *   {"schema":"tracemap-bench/gate-history/1", "commit":…, "fingerprint":…,
 *    "ratios":{"unique_inserts/hash_trie over
 * fixed_bucket/kind:…":{"estimate":X,"low":X,"high":X}}}
 *
 * Lines of other machines (machine_facts_fingerprint()) are let be. Called by cmd/gate.c. Not
 * thread-safe for one file.
 */
#ifndef TMB_GATE_ADVICE_H
#define TMB_GATE_ADVICE_H

#include "gate/drift.h"
#include "gate/verdict.h"
#include "report/table.h"

#define ADVICE_SCHEMA "tracemap-bench/gate-history/1"

struct advice_ratio {
  char *name;
  struct verdict_ratio now; /* with its 95 % interval, not corrected for the number of ratios */
  size_t pairs;
  double stored; /* what the last gate of another commit had; NAN: none */
  double stored_low, stored_high;
  char *stored_commit;
  struct drift drift; /* of the logarithms, this gate's the last */
  char *drift_commit; /* NULL: no change is likely */
};

struct advice {
  struct advice_ratio *ratio;
  size_t count;
  json_t *line; /* this gate's in the history */
  bool kept;    /* it is there already */
};

/* history: a path, which need not exist yet; NULL: none. False with a sentence in
 * error[GATE_ERROR_BYTES] that names file and line, and nothing is to be given back. */
bool advice_init(struct advice *, const struct pairs *, const char *history, char *error);
void advice_fini(struct advice *);

/* Appends this gate's line, unless it is there or there are no ratios. */
bool advice_keep(const struct advice *, const char *history, char *error);

/* Fills a table that table_fini() gives back; without rows when there are no ratios. */
void advice_table(struct table *, const struct advice *);

#endif
