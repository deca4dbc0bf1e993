/* machine.h: all that is known about the machine and this program, for the verbs that record or
 * show it. */
#ifndef TMB_MACHINE_H
#define TMB_MACHINE_H

#include "measure/machine_facts.h"

/* Watches the machine for interval_s seconds, in which this process sleeps, when root is "". Else
 * root is a folder with copies of another machine's /proc and /sys, where no time passes. */
void machine_read(const char *root, double interval_s, struct machine_facts *facts);

/* For a run that is about to begin: watches shortly and names on the standard error, with `verb`
 * before it, what spoils the figures. */
void machine_read_before_run(const char *verb, struct machine_facts *facts);

#endif
