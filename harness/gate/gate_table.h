/* gate_table.h: the tables of a gate's report. Called by gate_report.c and advice.c. */
#ifndef TMB_GATE_TABLE_H
#define TMB_GATE_TABLE_H

#include "gate/verdict.h"
#include "report/table.h"

/* The verdicts. Fills a table that table_fini() gives back. */
void gate_table_verdicts(struct table *, const struct judgement *);

/* Events of hardware counters; without rows where the machine has none. */
void gate_table_counters(struct table *, const struct pairs *);

/* "1.046 to 1.057", "-" when it is not bounded. Into text[48], which is returned. */
const char *gate_table_interval(char *text, const struct verdict_ratio *);

#endif
