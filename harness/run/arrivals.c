/* arrivals.c: see arrivals.h. */
#include "run/arrivals.h"

#include <math.h>
#include <string.h>

const char *arrival_process_name(enum arrival_process process)
{
  return process == ARRIVALS_POISSON ? "poisson" : "fixed";
}

bool arrival_process_parse(const char *text, enum arrival_process *process)
{
  *process = strcmp(text, "poisson") == 0 ? ARRIVALS_POISSON : ARRIVALS_FIXED;
  return strcmp(text, arrival_process_name(*process)) == 0;
}

/* SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014). */
static uint64_t next_random(uint64_t *state)
{
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

#define STREAM_OF_ARRIVALS 0x6172726976616c73u /* apart from what else follows from the seed */

static uint64_t stream_of(uint64_t seed, unsigned worker)
{
  uint64_t state = seed ^ STREAM_OF_ARRIVALS;
  state = next_random(&state) + worker;
  return next_random(&state);
}

/* Exponential with mean 1: the logarithm is of a number in (0, 1]. */
static double draw_gap(uint64_t *state)
{
  double unit = (double)((next_random(state) >> 11) + 1) * 0x1p-53;
  return -log(unit);
}

void arrivals_lay_out(const struct arrivals *arrivals, unsigned worker, uint64_t *due_ns,
                      uint64_t count)
{
  if (arrivals->process == ARRIVALS_FIXED) {
    for (uint64_t i = 0; i < count; i++)
      due_ns[i] = (uint64_t)((unsigned __int128)(i * arrivals->threads + worker + 1) * 1000000000u /
                             arrivals->rate);
    return;
  }
  uint64_t state = stream_of(arrivals->seed, worker);
  double gap_ns = 1e9 * arrivals->threads / (double)arrivals->rate, at_ns = 0;
  for (uint64_t i = 0; i < count; i++) {
    at_ns += draw_gap(&state) * gap_ns;
    due_ns[i] = (uint64_t)at_ns;
  }
}
