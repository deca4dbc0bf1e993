/* summary.h: what stands above every table and on the page: who measured what where, what the
 * harness itself costs, whether points agree with themselves.
 *
 * Called by cmd/report.c, page.c and pictures.c. The runs and points must outlive it.
 */
#ifndef TMB_REPORT_SUMMARY_H
#define TMB_REPORT_SUMMARY_H

#include <stdio.h>

#include "report/points.h"
#include "report/run_folder.h"

/* The words that every report has. */
#define HARNESS_COST_WORDS "null_map above a bare loop"

struct summary {
  const struct run_folder *runs; /* at least one; all of one machine and build */
  size_t run_count;
  const struct points *points;
  const char *version, *commit, *build, *fingerprint;
  char *machine; /* processor, CPUs, memory, kernel in one line */
  bool complete; /* all runs are */
  size_t rounds_least, rounds_most;

  size_t harness_points; /* points of null_map that carry a cost; 0: not measured */
  double harness_median_ns, harness_most_ns;
  const struct point *harness_most_point;
  double timer_cost_ns; /* NaN: not measured */

  size_t self_points, self_agree, self_unknown; /* A/A rows; unknown: too few rounds */
};

void summary_init(struct summary *summary, const struct run_folder *runs, size_t run_count,
                  const struct points *points);
void summary_fini(struct summary *summary);

/* The lines above the tables in a terminal. */
void summary_print(const struct summary *summary, FILE *out);
/* Those of them that say where threads and pages were; no times. */
void summary_print_places(const struct points *points, FILE *out);
/* One of them: broken at blanks, the lines below the first one indented as far as its text. */
void summary_print_line(FILE *out, const char *label, const char *text);

/* One sentence each, for terminal and page; malloc'ed. */
char *summary_harness_sentence(const struct summary *summary);
char *summary_self_sentence(const struct summary *summary);
char *summary_rounds_sentence(const struct summary *summary);

/* The other arm of an A/A pair; NULL when the point is not the second copy of one. */
const struct point *summary_self_pair(const struct points *points, const struct point *copy);

#endif
