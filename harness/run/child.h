/* child.h: runs programs as child processes, one at a time, until they end, their time is up or the
 * user wants all to stop (Ctrl-C, SIGTERM).
 *
 * Both signals are held off between child_begin() and child_end() and let in only while a child is
 * waited for, so none is lost between a look and a wait. For one caller at a time. */
#ifndef TMB_CHILD_H
#define TMB_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct child_watch {
  sigset_t outside; /* the signal mask that the caller had, and children have */
  struct sigaction before_int, before_term;
};

void child_begin(struct child_watch *);
void child_end(const struct child_watch *);

/* Whether a signal came since child_begin(). */
bool child_stop_asked(void);

/* Starts a program by its path, with its standard output and error to these descriptors. -1: it was
 * not started. */
pid_t child_start(const struct child_watch *, const char *program, char **argv, int out, int error);

/* Waits until it ends, or kills it when its time is up or a signal came. False: it was killed;
 * *status is set either way. */
bool child_wait(const struct child_watch *, pid_t, double timeout_s, int *status);

#endif
