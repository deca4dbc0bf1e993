/* trial_exit.h: the exit code of a verb that ran trials of one point. */
#ifndef TMB_TRIAL_EXIT_H
#define TMB_TRIAL_EXIT_H

#include "cmd/commands.h"
#include "run/trial.h"

static inline int trial_exit(enum trial_problem problem)
{
  switch (problem) {
  case TRIAL_GOOD:
    return EXIT_GOOD;
  case TRIAL_WRONG:
    return EXIT_WRONG;
  case TRIAL_REFUSED:
    return EXIT_INCOMPLETE;
  default:
    return EXIT_ERROR;
  }
}

#endif
