/* memory_output.h: a memory survey as text, JSON and picture, for `tmb memory`. */
#ifndef TMB_MEMORY_OUTPUT_H
#define TMB_MEMORY_OUTPUT_H

#include <jansson.h>

#include "probe/memory_survey.h"

enum { MEMORY_OUTPUT_ERROR = 1024 };

void memory_output_print(const struct memory_survey *survey, const struct topology *topology);

/* As results/README.md describes memory.json. A new reference; NULL: no memory. */
json_t *memory_output_json(const struct memory_survey *survey, const struct topology *topology,
                           const struct survey_options *options);

/* memory.json, memory_latency.svg and .png in the folder. An exit code, with a sentence unless
 * good: 3 where there are no pictures, for lack of gnuplot or because the machine is emulated. */
int memory_output_files(const struct memory_survey *survey, const struct topology *topology,
                        const json_t *json, const char *folder, char *error);

#endif
