/* child.c: see child.h. */
#include "run/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure/stopwatch.h"

extern char **environ;

static volatile sig_atomic_t stop_asked;

static void ask_to_stop(int signal_number)
{
  (void)signal_number;
  stop_asked = 1;
}

void child_begin(struct child_watch *watch)
{
  struct sigaction stop = {.sa_handler = ask_to_stop};
  sigset_t held_off;
  sigemptyset(&held_off);
  sigaddset(&held_off, SIGINT);
  sigaddset(&held_off, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &held_off, &watch->outside);
  stop_asked = 0;
  sigaction(SIGINT, &stop, &watch->before_int);
  sigaction(SIGTERM, &stop, &watch->before_term);
}

void child_end(const struct child_watch *watch)
{
  pthread_sigmask(SIG_SETMASK, &watch->outside, NULL);
  sigaction(SIGINT, &watch->before_int, NULL);
  sigaction(SIGTERM, &watch->before_term, NULL);
}

bool child_stop_asked(void)
{
  return stop_asked;
}

pid_t child_start(const struct child_watch *watch, const char *program, char **argv, int out,
                  int error)
{
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, error, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigmask(&attributes, &watch->outside);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t child = -1;
  if (posix_spawn(&child, program, &files, &attributes, argv, environ) != 0)
    child = -1;
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return child;
}

bool child_wait(const struct child_watch *watch, pid_t child, double timeout_s, int *status)
{
  const double longest_s = 1e9; /* so that nanoseconds fit */
  int handle = pidfd_open(child, 0);
  uint64_t end_ns =
      stopwatch_now_ns() + (uint64_t)((timeout_s < longest_s ? timeout_s : longest_s) * 1e9);
  bool ended = false;
  while (!ended && !stop_asked) {
    uint64_t now_ns = stopwatch_now_ns();
    if (now_ns >= end_ns)
      break;
    uint64_t left_ns = end_ns - now_ns;
    struct timespec left = {.tv_sec = (time_t)(left_ns / 1000000000),
                            .tv_nsec = (long)(left_ns % 1000000000)};
    struct pollfd poll_for = {.fd = handle, .events = POLLIN};
    /* Signals are let in here, so that none comes between a look at stop_asked and the wait. */
    ended = ppoll(&poll_for, 1, &left, &watch->outside) == 1;
  }
  if (!ended)
    kill(child, SIGKILL);
  while (waitpid(child, status, 0) < 0 && errno == EINTR)
    ;
  close(handle);
  /* Ctrl-C reaches the process too: when its end was seen first, the signal still waits. */
  sigset_t held_off;
  pthread_sigmask(SIG_SETMASK, &watch->outside, &held_off);
  pthread_sigmask(SIG_SETMASK, &held_off, NULL);
  return ended;
}
