/* run_context.h: what a run is of, and the files beside the program: shared by the verbs that leave
 * a folder of results (bench, sweep). Not thread-safe. */
#ifndef TMB_RUN_CONTEXT_H
#define TMB_RUN_CONTEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* The seed of a run that names none: any number does, as long as it is written down. */
#define RUN_CONTEXT_SEED 20240311

/* What must be the same when a run is resumed: program, build, machine, profile. A new reference.
 */
json_t *run_context_identity(const char *profile);

/* Where a run goes that names no folder: results/runs/<time>-<host>-<commit>. */
void run_context_folder(char *out, size_t size);

/* The path of a file that comes with the program, share/tracemap-bench/NAME; false: too long. */
bool run_context_data(const char *name, char *out, size_t size);

/* Calls each() for the profiles that come with the program, in the order of their files; `path` is
 * the profile's file. */
void run_context_each_profile(void (*each)(void *arg, const char *name, const char *path),
                              void *arg);

/* The corpus that comes with the program, or NULL. */
const char *run_context_corpus(void);

#endif
