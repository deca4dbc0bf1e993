/* team.h: threads for contract tests. cmocka's assertions leave a function with longjmp, so they
 * must not be used on these threads: note what was seen, assert when team_run() has returned. */
#ifndef TMB_TEAM_H
#define TMB_TEAM_H

typedef void team_work(void *arg, unsigned thread);

/* Runs work(arg, 0 … threads-1), each on a thread of its own; all start at once. Returns when all
 * are done. */
void team_run(unsigned threads, team_work *, void *arg);

/* Within work: waits until all threads of the team are here. */
void team_meet(void);

/* Runs work(arg, 0) on a thread with a stack of 256 KiB. */
void team_run_on_small_stack(team_work *, void *arg);

#endif
