/* crew.h: threads that do one job together and end: as many as a scenario likes, also more than
 * there are cores, so they are bound nowhere. The worker team of the measurements is bound and has
 * at most one thread a processing unit. */
#ifndef TMB_CREW_H
#define TMB_CREW_H

#include <stdatomic.h>
#include <stdbool.h>

#include "stress/board.h"

struct crew;

typedef void crew_job(void *arg, struct crew *crew, unsigned thread);

/* Starts the threads, each with its seat on the board; the job of each begins at once. NULL: the
 * system gives no more threads (none is left running). threads <= BOARD_SEATS. */
struct crew *crew_start(struct board *board, unsigned threads, crew_job *job, void *arg);

/* Called once by each thread in its job: lets all go at one moment. */
void crew_start_line(struct crew *crew);

/* Waits until all threads have ended. */
void crew_join(struct crew *crew);

/* Sends a signal to one of its threads. Before crew_join(); nothing happens when it has ended. */
void crew_signal(const struct crew *crew, unsigned thread, int signal_number);

#endif
