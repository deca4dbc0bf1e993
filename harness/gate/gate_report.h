/* gate_report.h: what a gate says, for a terminal, a review (Markdown), a build server (JUnit) and
 * programs (JSON). results/README.md describes the files.
 *
 * Called by cmd/gate.c. Not thread-safe: jansson's hash seed is set on first use.
 */
#ifndef TMB_GATE_REPORT_H
#define TMB_GATE_REPORT_H

#include "gate/advice.h"

struct gate_report {
  const struct pairs *pairs;
  const struct judgement *judgement;
  const struct advice *advice;
};

/* Tables, then a sentence for each row that needs one, then the reason of the exit code. */
void gate_report_print(FILE *out, const struct gate_report *);
void gate_report_markdown(FILE *out, const struct gate_report *);

void gate_report_junit(FILE *out, const struct gate_report *);

/* A new reference. */
json_t *gate_report_json(const struct gate_report *);

/* gate.md, junit.xml and gate.json in the folder, which is made when it does not exist. False with
 * a sentence in error[GATE_ERROR_BYTES]. */
bool gate_report_write(const struct gate_report *, const char *folder, char *error);

#endif
