/* results.h: merges what the processes of a run left into the files of results/README.md. */
#ifndef TMB_RESULTS_H
#define TMB_RESULTS_H

#include "run/matrix.h"

/* Writes FOLDER/bench.json, FOLDER/histograms.json and, where there are timelines,
 * FOLDER/timelines.json from FOLDER/points. `context` gives the
 * members that are ours (borrowed). A point that failed has no entries, only its line in failures.
 * False with a sentence in error[MATRIX_ERROR_BYTES]. */
bool results_write(const struct matrix *, const char *folder, json_t *context, bool interrupted,
                   char *error);

/* Writes JSON under a temporary name and renames it. False with a sentence. */
bool results_dump(const json_t *, const char *path, char *error);

#endif
