/* verdict.h: from pairs to verdicts.
 *
 * Of each pair the logarithm of candidate over base; of these the Hodges-Lehmann estimate with the
 * exact signed-rank interval (signed_rank.h). Looks are at the numbers of pairs that the header of
 * pairs.jsonl names. The gate as a whole may call an unchanged benchmark slower with a probability
 * of GATE_ERROR_RATE, spent over its benchmarks evenly, over the looks in proportion to the pairs
 * that each adds, and over the views: one half for the minimum, a quarter each for CPU time and the
 * 90th percentile. By Bonferroni's inequality this holds whatever depends on what; as a limit above
 * 0 must be passed, false alarms are rarer still.
 *
 *   FAIL          an interval lies beyond its limit: the minimum's beyond the row's limit, CPU
 *                 time's beyond GATE_CPU_LIMITS of them, the percentile's beyond GATE_P90_LIMITS
 *   PASS          the minimum's interval lies below the limit (direction both: within the limits)
 *   INCONCLUSIVE  neither, after the last look
 *
 * A benchmark is done at the first look that says PASS or FAIL; later pairs change nothing. The A/A
 * arm is judged the same way with direction both; when it fails, the machine is unfit.
 *
 * Called by the runner, gate_report.c and cmd/gate.c. Pure but for memory; thread-safe for pairs
 * that nobody changes.
 */
#ifndef TMB_GATE_VERDICT_H
#define TMB_GATE_VERDICT_H

#include "gate/pairs.h"

#define GATE_ERROR_RATE 0.05 /* of a gate, both directions together */
#define GATE_CPU_LIMITS 3    /* times the row's limit */
#define GATE_P90_LIMITS 6

enum verdict_word {
  VERDICT_PASS,
  VERDICT_FAIL,
  VERDICT_INCONCLUSIVE,
  VERDICT_INCOMPLETE, /* declared, and its pairs are not there */
  VERDICT_NEW,        /* the base does not have it: nothing to compare with */
  VERDICT_WRONG,      /* the candidate broke a promise: its times are none */
  VERDICT_UNFIT,      /* not judged, because the A/A arm failed */
};

/* A ratio of candidate over base: above 1 is slower. low and high bound it at the error that is
 * spent on it; 0 and INFINITY with too few pairs. */
struct verdict_ratio {
  double estimate, low, high;
};

struct verdict {
  const char *benchmark; /* belongs to the pairs */
  enum pairs_arm arm;
  enum manifest_tier tier;
  enum manifest_direction direction;
  double limit;
  enum verdict_word word;
  size_t pairs;                            /* that were looked at; 0 for instructions */
  struct verdict_ratio ratio[PAIRS_VIEWS]; /* of instructions: the first, exact */
  enum pairs_view failed_view; /* with VERDICT_FAIL: the first that is beyond its limit */
  double base, candidate;      /* medians of the minimum, ns an operation; or instructions */
  /* The smallest true slowdown, as a ratio, that these pairs would more likely than not have called
   * FAIL: the limit and what the interval reaches below its estimate. */
  double seen;
  char reason[256]; /* of the words after INCONCLUSIVE; else "" */
};

/* Exit codes, the first that fits: 4 something ran that is not declared; 1 a wrong map; 3 the A/A
 * arm failed; 1 FAIL; 3 something is incomplete, has no A/A arm, or nothing was compared; 2
 * INCONCLUSIVE; 0. Rows of tier advice count only as wrong or incomplete. */
struct judgement {
  struct verdict *verdict; /* the rows of the manifest in order, then the A/A arms */
  size_t count;
  int exit_code;
  char reason[512]; /* of the exit code, a sentence */
};

void judgement_init(struct judgement *, const struct pairs *);
void judgement_fini(struct judgement *);

/* How many pairs that row and arm are to have before the gate can go on: the next look's number
 * while it is undecided, 0 once it is decided, had its last look, is no row in pairs, has no such
 * arm, or is in trouble. */
size_t verdict_pairs_wanted(const struct pairs *, const struct manifest_row *, enum pairs_arm);

const char *verdict_word_name(enum verdict_word); /* "PASS" … */

#endif
