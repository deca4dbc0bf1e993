/* tape_clock.c: see tape_clock.h. */
#include "record/tape_clock.h"

#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "record/allocate.h"

enum { ROUNDS = 500, SPINS_BEFORE_YIELD = 2000, PROCESSORS_MOST = CPU_SETSIZE };

struct tape_clock {
  unsigned count;
  unsigned cpu[PROCESSORS_MOST];               /* OS indices; the first is the reference */
  struct clock_offset offset[PROCESSORS_MOST]; /* by index into cpu; the first stays 0 */
};

struct tape_clock *tape_clock_create(void)
{
  struct tape_clock *clock = allocate_zeroed(1, sizeof *clock);
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
    CPU_ZERO(
        &allowed); /* more processors than the set holds: none is known, none can be compared */
  for (unsigned cpu = 0; cpu < PROCESSORS_MOST; cpu++) {
    if (!CPU_ISSET(cpu, &allowed))
      continue;
    if (clock->count > 0)
      clock->offset[clock->count] = CLOCK_OFFSET_UNKNOWN;
    clock->cpu[clock->count++] = cpu;
  }
  return clock;
}

void tape_clock_destroy(struct tape_clock *clock)
{
  free(clock);
}

/* The token: odd on its way to the other processor, even on its way back. */
struct rally {
  _Alignas(64) _Atomic uint32_t token;
  _Alignas(64) int64_t seen_ns; /* written before the token goes back */
  struct clock_offset offset;   /* of the server's thread until it ends */
};

static void await(_Atomic uint32_t *token, uint32_t wanted)
{
  /* Pairs with the release stores in serve() and answer(). */
  for (unsigned spins = 0; atomic_load_explicit(token, memory_order_acquire) != wanted; spins++)
    if (spins > SPINS_BEFORE_YIELD)
      sched_yield();
}

static void *serve(void *arg)
{
  struct rally *rally = arg;
  for (uint32_t round = 0; round < ROUNDS; round++) {
    int64_t sent_ns = tape_clock_before_ns();
    atomic_store_explicit(&rally->token, 2 * round + 1, memory_order_release); /* see await() */
    await(&rally->token, 2 * round + 2);
    int64_t answered_ns = tape_clock_after_ns();
    clock_offset_narrow(&rally->offset, sent_ns, rally->seen_ns, answered_ns);
  }
  return NULL;
}

static void *answer(void *arg)
{
  struct rally *rally = arg;
  for (uint32_t round = 0; round < ROUNDS; round++) {
    await(&rally->token, 2 * round + 1);
    rally->seen_ns = tape_clock_after_ns();
    atomic_store_explicit(&rally->token, 2 * round + 2, memory_order_release); /* see await() */
  }
  return NULL;
}

static int start_on(unsigned cpu, void *(*run)(void *), void *arg, pthread_t *thread)
{
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(cpu, &only);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  int error = pthread_attr_setaffinity_np(&attributes, sizeof only, &only);
  if (!error)
    error = pthread_create(thread, &attributes, run, arg);
  pthread_attr_destroy(&attributes);
  return error;
}

/* 0 or an error number. */
static int play(unsigned reference, unsigned other, struct clock_offset *offset)
{
  struct rally rally = {.offset = *offset};
  pthread_t server, answerer;
  int error = start_on(other, answer, &rally, &answerer);
  if (error)
    return error;
  error = start_on(reference, serve, &rally, &server);
  if (error) { /* the answerer must come to its end */
    serve(&rally);
    rally.offset = *offset;
  } else {
    pthread_join(server, NULL);
  }
  pthread_join(answerer, NULL);
  *offset = rally.offset;
  return error;
}

bool tape_clock_calibrate(struct tape_clock *clock, char *error)
{
  if (clock->count == 0) {
    snprintf(error, TAPE_CLOCK_ERROR_BYTES,
             "the processors of this process are not known, so their clocks cannot be compared");
    return false;
  }
  for (unsigned i = 1; i < clock->count; i++) {
    int failed = play(clock->cpu[0], clock->cpu[i], &clock->offset[i]);
    if (failed) {
      snprintf(error, TAPE_CLOCK_ERROR_BYTES,
               "clocks not compared: a thread was not started on processor %u: %s", clock->cpu[i],
               strerror(failed));
      return false;
    }
    if (!clock_offset_stable(&clock->offset[i])) {
      snprintf(error, TAPE_CLOCK_ERROR_BYTES,
               "the clock is unstable: processor %u was at least %" PRId64
               " ns ahead of processor %u and at most %" PRId64
               " ns; operations cannot be ordered by it",
               clock->cpu[i], clock->offset[i].low_ns, clock->cpu[0], clock->offset[i].high_ns);
      return false;
    }
  }
  return true;
}

int64_t tape_clock_error_ns(const struct tape_clock *clock)
{
  int64_t most = 0;
  for (unsigned i = 1; i < clock->count; i++) {
    int64_t error_ns = clock_offset_error_ns(&clock->offset[i]);
    most = error_ns > most ? error_ns : most;
  }
  return most;
}
