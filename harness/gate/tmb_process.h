/* tmb_process.h: runs a build's tmb and takes down what it says. Called by half_process.c and, for
 * a build's name, by cmd/gate_measure.c; one caller at a time. */
#ifndef TMB_GATE_TMB_PROCESS_H
#define TMB_GATE_TMB_PROCESS_H

#include "run/child.h"

struct tmb_output {
  char *said, *complaints; /* standard output and error, the first MiB of each */
  bool ended;              /* by itself; else it was killed, see child.h */
  int status;              /* as waitpid() has it */
};

/* Between child_begin() and child_end(). False: it was not started, and there is no output. */
bool tmb_process_run(const char *program, char **argv, double timeout_s, const struct child_watch *,
                     struct tmb_output *);
void tmb_output_fini(struct tmb_output *);

#endif
