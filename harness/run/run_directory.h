/* run_directory.h: the folder of a run, from its plan to its name without `.partial`. What stands
 * in it is written down in results/README.md. */
#ifndef TMB_RUN_DIRECTORY_H
#define TMB_RUN_DIRECTORY_H

#include <limits.h>

#include "measure/machine_facts.h"
#include "run/matrix.h"

struct run_directory {
  char final[PATH_MAX - 64];   /* when it is whole */
  char partial[PATH_MAX - 32]; /* until then */
};

/* A run that is to be begun there. Cut when the path is too long to exist. */
void run_directory_name(struct run_directory *, const char *path);
/* One that was interrupted; false: the path does not end in `.partial`. */
bool run_directory_reopen(struct run_directory *, const char *partial);

/* FOLDER/NAME. */
void run_directory_file(char out[PATH_MAX], const char *folder, const char *name);

/* Makes the folder, with its plan, machine.json and topology.xml. `identity` is what must be the
 * same when the run is resumed. False with a sentence in error[MATRIX_ERROR_BYTES]: it is there
 * already, or cannot be written. */
bool run_directory_begin(const struct run_directory *, json_t *identity,
                         const struct machine_facts *, const struct matrix *, char *error);

/* The plan of an interrupted run: {"identity", "matrix"}. A new reference; NULL with a sentence. */
json_t *run_directory_plan(const struct run_directory *, char *error);

/* Whether a plan has that identity; else false with a sentence. */
bool run_directory_is_of(const struct run_directory *, const json_t *plan, const json_t *identity,
                         char *error);

/* Creates a folder and those above it, where they are not there. False: errno says why. */
bool run_directory_make_folders(const char *path);

#endif
