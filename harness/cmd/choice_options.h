/* choice_options.h: the options that say what to measure, for the verbs that measure (bench,
 * sweep): a child parser for argp whose input is a struct matrix_choices. */
#ifndef TMB_CHOICE_OPTIONS_H
#define TMB_CHOICE_OPTIONS_H

#include <argp.h>
#include <stdint.h>

#include "run/matrix.h"

extern const struct argp choice_options;

/* Arguments of options; each ends the program with a sentence when the text is something else. */
void choice_options_add(struct choice_list *, const char *item, struct argp_state *);
/* Splits at commas, in place. */
void choice_options_split(struct choice_list *, char *items, struct argp_state *);
double choice_options_seconds(const char *text, const char *option, struct argp_state *);
uint64_t choice_options_number(const char *text, const char *option, uint64_t most,
                               struct argp_state *);

#endif
