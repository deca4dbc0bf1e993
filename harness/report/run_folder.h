/* run_folder.h: reads one run's folder, strictly.
 *
 * Called by cmd/report.c. What results/README.md promises is checked here, once, so that the rest
 * of the room may take members for granted; members that it does not know are let through. Not
 * thread-safe: jansson's hash seed is set on first use.
 */
#ifndef TMB_REPORT_RUN_FOLDER_H
#define TMB_REPORT_RUN_FOLDER_H

#include <jansson.h>
#include <stdbool.h>

#include "report/reading.h"

struct run_folder {
  char *path;
  json_t *bench;      /* context is an object, benchmarks an array of checked entries */
  json_t *histograms; /* entries is an array of checked entries */
  json_t *sweep;      /* NULL: the run is no sweep of rates; maps is an array of checked maps */
  json_t *timelines;  /* entries is an array of checked entries; NULL: the run has none */
  json_t *machine;    /* fingerprint is a string, facts an array of checked facts */
};

/* True, or false with a sentence in error[RUN_ERROR] that names file, place and fault. What was
 * filled is given back by run_folder_fini() in both cases. */
bool run_folder_init(struct run_folder *run, const char *path, char *error);
void run_folder_fini(struct run_folder *run);

/* Whether both were measured by one build of one commit on one machine, so that their rounds may be
 * pooled; else false with a sentence. */
bool run_folder_same_subject(const struct run_folder *first, const struct run_folder *other,
                             char *error);

/* A string member of bench.json's context; "" when it has none. */
const char *run_folder_context(const struct run_folder *run, const char *name);

/* Whether the run is of an emulated machine: its times are none, and no report is made of it. */
bool run_folder_is_emulated(const struct run_folder *run);

/* The value of a machine fact, number or not, as text; malloc'ed. Bytes get a fitting unit. */
char *run_folder_fact_value(const json_t *fact);

/* True for an entry that is a measured round, false for an aggregate that Google Benchmark made. */
bool run_folder_is_round(const json_t *entry);

#endif
