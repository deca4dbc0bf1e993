/* gate_report.h: what a gate says, for a terminal, a review (Markdown), a build server (JUnit) and
 * programs (JSON). results/README.md describes the files.
 *
 * Called by cmd/gate.c. Not thread-safe: jansson's hash seed is set on first use.
 */
#ifndef TMB_GATE_REPORT_H
#define TMB_GATE_REPORT_H

#include "gate/verdict.h"

/* Tables, then a sentence for each row that needs one, then the reason of the exit code. */
void gate_report_print(FILE *out, const struct pairs *, const struct judgement *);
void gate_report_markdown(FILE *out, const struct pairs *, const struct judgement *);

void gate_report_junit(FILE *out, const struct pairs *, const struct judgement *);

/* A new reference. */
json_t *gate_report_json(const struct pairs *, const struct judgement *);

/* gate.md, junit.xml and gate.json in the folder, which is made when it does not exist. False with
 * a sentence in error[GATE_ERROR_BYTES]. */
bool gate_report_write(const struct pairs *, const struct judgement *, const char *folder,
                       char *error);

#endif
