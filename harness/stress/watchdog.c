/* watchdog.c: see watchdog.h. */
#include "stress/watchdog.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure/stopwatch.h"

#define LOOK_EVERY_MS 5

/* ---- the process ---- */

static const char *untested_why(const struct bout *bout)
{
  if (bout->scenario->needs_signals && STRESS_UNDER_TSAN)
    return "not under ThreadSanitizer: it holds signals back until the thread's next system call, "
           "so none would land inside a put";
  if (bout->scenario->needs_blocks && !(bout->subject->map->head.promises & MAP_USES_REGION))
    return "the map takes no blocks from a region";
  return NULL;
}

__attribute__((noreturn)) static void run_here(struct bout *bout)
{
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  struct board *board = bout->board;
  const char *why = untested_why(bout);
  if (why)
    snprintf(board->untested, sizeof board->untested, "%s", why);
  else if (rig_init(&bout->rig, bout->subject) != 0)
    board_fail(board, "no memory for the block source");
  else {
    bout->scenario->run(bout);
    rig_fini(&bout->rig);
  }
  /* Release: pairs with nothing but the process's end; the watcher reads afterwards. */
  atomic_store_explicit(&board->finished, true, memory_order_release);
  exit(0); /* not _exit: a leak check runs here */
}

/* ---- what it looks like from outside ---- */

/* What the kernel says that a thread waits in: "sleeps on a futex", … */
static const char *kernel_state(pid_t process, int32_t thread)
{
  char path[96], line[32] = "";
  snprintf(path, sizeof path, "/proc/%d/task/%d/syscall", (int)process, (int)thread);
  FILE *file = fopen(path, "r");
  bool read = file && fgets(line, sizeof line, file);
  if (file)
    fclose(file);
  if (!read)
    return "where the kernel does not say";
  if (strncmp(line, "running", 7) == 0)
    return "running";
  return atol(line) == SYS_futex ? "asleep on a futex" : "in another system call";
}

/* The thread whose handler stands inside a put of its own, or -1. */
static int self_interrupted(const struct board *board)
{
  for (unsigned i = 0; i < BOARD_SEATS; i++) {
    const struct board_seat *seat = &board->seat[i];
    const uint32_t both = WHERE_PUT | WHERE_HANDLER_PUT;
    if (atomic_load_explicit(&seat->tid, memory_order_relaxed) &&
        (board_where(seat) & both) == both)
      return (int)i;
  }
  return -1;
}

static unsigned threads_now(const struct board *board)
{
  unsigned count = 0;
  for (unsigned i = 0; i < BOARD_SEATS; i++)
    count += atomic_load_explicit(&board->seat[i].tid, memory_order_relaxed) != 0;
  return count;
}

static void name_deadlock(struct bout *bout, pid_t process, unsigned thread, double waited_s)
{
  struct board *board = bout->board;
  const struct board_seat *seat = &board->seat[thread];
  int32_t tid = atomic_load_explicit(&seat->tid, memory_order_relaxed);
  unsigned others = threads_now(board) - 1;
  char company[64];
  if (others)
    snprintf(company, sizeof company, "none of %u other threads gets on either", others);
  else
    snprintf(company, sizeof company, "no other thread exists that could hold it");
  board_refute(board, bout->scenario->promise,
               "deadlock: put in the signal handler waits for the lock that the interrupted put of "
               "the same thread holds%s; the thread is %s, %s; no progress for %.1f s, after %llu "
               "signals",
               board_where(seat) & WHERE_ALLOC ? " (interrupted inside the region's alloc)" : "",
               kernel_state(process, tid), company, waited_s,
               (unsigned long long)board_count(board, COUNT_SIGNALS));
}

static void name_hang(struct bout *bout, pid_t process, double waited_s)
{
  const struct board *board = bout->board;
  char who[256] = "";
  size_t n = 0;
  for (unsigned i = 0; i < BOARD_SEATS && n < sizeof who; i++) {
    const struct board_seat *seat = &board->seat[i];
    int32_t tid = atomic_load_explicit(&seat->tid, memory_order_relaxed);
    if (!tid)
      continue;
    uint32_t where = board_where(seat);
    n += (size_t)snprintf(who + n, sizeof who - n, "; thread %u is %s%s", i,
                          kernel_state(process, tid),
                          where & WHERE_ALLOC ? " in the region's alloc"
                          : where & WHERE_PUT ? " in a put"
                                              : "");
  }
  board_refute(bout->board, bout->scenario->promise, "hang: no call returned for %.0f s%s",
               waited_s, who);
}

/* ---- watching ---- */

/* True: the process ended by itself. Else what it hangs in is on the board, and it is to be killed.
 */
static bool watch(struct bout *bout, const struct watch_limits *limits, pid_t process)
{
  struct board *board = bout->board;
  int handle = pidfd_open(process, 0);
  uint64_t progress = 0, since_ns = stopwatch_now_ns();
  bool ended = false, hangs = false;
  while (!ended && !hangs) {
    struct pollfd poll_for = {.fd = handle, .events = POLLIN};
    ended = poll(&poll_for, 1, LOOK_EVERY_MS) == 1;
    uint64_t now_ns = stopwatch_now_ns(), now = board_progress(board);
    if (now != progress) {
      progress = now;
      since_ns = now_ns;
    }
    double waited_s = (double)(now_ns - since_ns) * 1e-9;
    int thread = waited_s > limits->deadlock_s ? self_interrupted(board) : -1;
    hangs = !ended && (thread >= 0 || waited_s > limits->hang_s);
    if (hangs && thread >= 0)
      name_deadlock(bout, process, (unsigned)thread, waited_s);
    else if (hangs)
      name_hang(bout, process, waited_s);
    if (hangs) /* the time to report is when it stopped, not when that was noticed */
      board->refutation[bout->scenario->promise].after_s =
          (double)(since_ns - board->start_ns) * 1e-9;
  }
  close(handle);
  return ended;
}

static void judge_end(struct bout *bout, int status)
{
  struct board *board = bout->board;
  enum stress_promise promise = bout->scenario->promise;
  bool finished = atomic_load_explicit(&board->finished, memory_order_acquire);
  if (WIFSIGNALED(status))
    board_refute(board, promise, "crash: %s", strsignal(WTERMSIG(status)));
  else if (WEXITSTATUS(status) != 0)
    board_refute(board, promise, "the process ended with exit code %d%s", WEXITSTATUS(status),
                 STRESS_SANITIZED ? ": the sanitizer's report stands above" : "");
  else if (!finished)
    board_refute(board, promise, "the map ended the process");
}

void watchdog_run(struct bout *bout, const struct watch_limits *limits)
{
  fflush(NULL);
  pid_t process = fork();
  if (process < 0) {
    board_fail(bout->board, "no process can be started: %s", strerror(errno));
    return;
  }
  if (process == 0)
    run_here(bout);
  bool ended = watch(bout, limits, process);
  if (!ended)
    kill(process, SIGKILL);
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR)
    ;
  if (ended)
    judge_end(bout, status);
}
