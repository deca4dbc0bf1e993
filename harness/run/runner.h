/* runner.h: runs the points of a matrix, a fresh process each, round by round in shuffled order.
 *
 * A point that crashes, hangs or is refused by the oracle costs itself alone: it is written down,
 * its further rounds are left out, and the rest goes on. Everything a process finished is in the
 * run's folder at once, so an interrupted run loses only what was under way.
 *
 *   FOLDER/points/<point>-<round>.json   Google Benchmark's output
 *   FOLDER/points/<point>-<round>.side   histograms and more, JSON
 *   FOLDER/points/<point>-<round>.history   what was recorded last, when it is kept
 *   FOLDER/points/<point>.failure        {"round", "reason", "detail"}
 */
#ifndef TMB_RUNNER_H
#define TMB_RUNNER_H

#include <stdio.h>

#include "run/matrix.h"

struct runner_options {
  const char *folder; /* with a folder `points` in it */
  const struct choice_list *plugin_folders;
  const struct choice_list *benchmark_flags; /* of Google Benchmark, passed on */
  const char *record;                        /* as in `tmb point --record`; NULL: no */
  bool keep_history;                         /* of what is recorded */
  FILE *progress;                            /* NULL: none */
};

struct runner_outcome {
  bool interrupted;
  size_t finished, failed; /* processes; points */
  size_t left_out;         /* rounds that the time budget did not allow */
  bool wrong;              /* some point: oracle, crash or hang */
  bool refused;            /* some point: the map lacks a call */
  bool error;              /* some point: bad input or no such plug-in */
};

/* Rounds whose files are there already are not run again. False with a sentence in
 * error[MATRIX_ERROR_BYTES] when the folder cannot be used. Takes SIGINT and SIGTERM while it runs:
 * the process under way is ended, and interrupted is set. */
bool runner_run(const struct matrix *, const struct runner_options *, struct runner_outcome *,
                char *error);

/* Names of the files above. */
void runner_file(char *out, size_t size, const char *folder, size_t point, unsigned round,
                 const char *suffix);
void runner_failure_file(char *out, size_t size, const char *folder, size_t point);

#endif
