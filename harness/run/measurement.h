/* measurement.h: from a series of trials to the counters of results/README.md. */
#ifndef TMB_MEASUREMENT_H
#define TMB_MEASUREMENT_H

#include "run/trial.h"

struct measurement;

/* NULL: no memory. */
struct measurement *measurement_create(void);
void measurement_destroy(struct measurement *);

/* Forgets all trials. */
void measurement_begin(struct measurement *);
/* False: no memory. */
bool measurement_add(struct measurement *, const struct trial_times *);

/* Figures of the trials added since measurement_begin(), at least one. */
void measurement_counters(const struct measurement *, const struct trial_facts *, counter_sink *,
                          void *arg);

/* Thread time per operation of the median trial, in ns. */
double measurement_ns_per_op(const struct measurement *, const struct trial_facts *);

#endif
