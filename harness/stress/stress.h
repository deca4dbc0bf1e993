/* stress.h: runs scenarios against maps and says which promise holds: claimed and confirmed,
 * claimed and refuted, not claimed and (not) refuted.
 *
 * A scenario of a map is a process of its own. Its time is bounded; its keys, tapes and thread
 * counts follow from the seed. Which interleaving the machine gives does not, so a refutation comes
 * with the command that plays the same tapes again and again.
 */
#ifndef TMB_STRESS_H
#define TMB_STRESS_H

#include <stdio.h>

#include "stress/rig.h"
#include "stress/scenario.h"

struct stress_options {
  const struct subject *subjects;
  size_t subject_count;
  const bool *selected; /* by index into scenarios[]; NULL: all */
  double time_s;        /* a subject, for the selected scenarios together */
  uint64_t seed;
  unsigned threads;    /* the most that a scenario starts; 1 … BOARD_SEATS */
  int64_t epoch;       /* repeat this one; -1: all */
  double patience_s;   /* before a claimed promise counts as broken by waiting */
  const char *command; /* how the reproducing command begins: "tmb stress" and options */
  FILE *progress;      /* NULL: none */
};

enum stress_claim { CLAIM_NO, CLAIM_IN_PART, CLAIM_YES };

enum stress_shown {
  SHOWN_NOTHING,     /* not tested, and why is in the evidence */
  SHOWN_TOO_LITTLE,  /* it was tried, and the moment that would show it never came */
  SHOWN_CONFIRMED,   /* claimed, no contradiction */
  SHOWN_NOT_REFUTED, /* not claimed, no contradiction */
  SHOWN_REFUTED,
};

struct stress_row {
  const struct subject *subject;
  enum stress_promise promise;
  enum stress_claim claim;
  enum stress_shown shown;
  char evidence[256];
  struct board_refutation refutation; /* when refuted */
  const struct scenario *scenario;    /* that refuted it */
  char command[512];                  /* plays that epoch again */
};

struct stress_report {
  struct stress_row *rows; /* STRESS_PROMISES a subject */
  size_t row_count;
  char error[512]; /* the harness failed, a sentence; "": it did not */
};

/* "interning", "lock-free", … */
const char *stress_promise_name(enum stress_promise);

/* False: no memory. */
bool stress_run(const struct stress_options *, struct stress_report *);
void stress_report_fini(struct stress_report *);

/* A claimed promise was refuted. / A claimed promise was tried in vain. */
bool stress_report_wrong(const struct stress_report *);
bool stress_report_incomplete(const struct stress_report *);

/* The table, for people and for programs. */
void stress_report_print(const struct stress_report *, const struct stress_options *, FILE *);
/* False: not written. */
bool stress_report_print_json(const struct stress_report *, const struct stress_options *, FILE *);

#endif
