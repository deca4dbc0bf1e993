/* made_pairs.c: see made_pairs.h. */
#include "made_pairs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BASE_NS 30.0

uint64_t made_random(uint64_t *state)
{
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

double made_uniform(uint64_t *state)
{
  return ((double)(made_random(state) >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(uint64_t *state)
{
  return sqrt(-2 * log(made_uniform(state))) *
         cos(2 * 3.14159265358979323846 * made_uniform(state));
}

static void *checked(void *memory)
{
  if (!memory) {
    fputs("out of memory\n", stderr);
    exit(4);
  }
  return memory;
}

void made_pairs_init(struct pairs *pairs, size_t count, bool same)
{
  char *text = NULL, error[GATE_ERROR_BYTES];
  size_t size;
  FILE *out = checked(open_memstream(&text, &size));
  fputs("{\"schema\":\"" PAIRS_SCHEMA "\",\"seed\":1,\"base\":{\"commit\":\"b\",\"build\":\"\"},"
        "\"candidate\":{\"commit\":\"c\",\"build\":\"\"},\"machine\":{\"fingerprint\":\"0\"},"
        "\"looks\":[20,40,80,160],\"removed\":[],\"manifest\":[",
        out);
  for (size_t i = 0; i < count; i++)
    fprintf(out,
            "%s{\"benchmark\":\"made/map%zu/threads:%zu\",\"tier\":\"time\",\"limit\":%g,"
            "\"direction\":\"slower\",\"operations\":1000}",
            i ? "," : "", i, i % 2 + 1, i % 2 ? 0.04 : 0.025);
  fputs("],\"same\":[", out);
  for (size_t i = 0; same && i < count; i++)
    fprintf(out, "%s\"made/map%zu/threads:%zu\"", i ? "," : "", i, i % 2 + 1);
  fputs("]}\n", out);
  fclose(out);
  FILE *in = checked(fmemopen(text, size, "r"));
  if (!pairs_parse(pairs, in, "made", error)) {
    fprintf(stderr, "%s\n", error);
    exit(4);
  }
  fclose(in);
  free(text);
}

static double half_noise(struct made_noise noise, uint64_t *state)
{
  /* A normal whose own width varies, so that one in twenty is three times as far out, and what an
   * interruption adds. */
  double far = made_uniform(state) < 0.05 ? 3 : 1;
  return exp(noise.width * (0.6 * far * normal(state) - 0.4 * log(made_uniform(state))));
}

static struct pairs_series *series_of(struct pairs *pairs, const char *benchmark,
                                      enum pairs_arm arm)
{
  for (size_t i = 0; i < pairs->series_count; i++)
    if (pairs->series[i].arm == arm && strcmp(pairs->series[i].benchmark, benchmark) == 0)
      return &pairs->series[i];
  pairs->series =
      checked(realloc(pairs->series, (pairs->series_count + 1) * sizeof *pairs->series));
  pairs->series[pairs->series_count] =
      (struct pairs_series){.benchmark = checked(strdup(benchmark)), .arm = arm, .chunk_count = 8};
  return &pairs->series[pairs->series_count++];
}

void made_pairs_add(struct pairs *pairs, const char *benchmark, enum pairs_arm arm, size_t n,
                    double slowdown, struct made_noise noise, uint64_t *state)
{
  struct pairs_series *series = series_of(pairs, benchmark, arm);
  series->pair = checked(realloc(series->pair, (series->count + n) * sizeof *series->pair));
  for (size_t i = 0; i < n; i++) {
    struct pairs_pair *pair = &series->pair[series->count++];
    double both = exp(0.1 * normal(state)); /* what a pair has in common: the machine's mood */
    *pair = (struct pairs_pair){.order = made_random(state) % 2 ? PAIRS_BASE_FIRST
                                                                : PAIRS_CANDIDATE_FIRST};
    for (int side = 0; side < PAIRS_SIDES; side++) {
      double ns = BASE_NS * both * (side == PAIRS_CANDIDATE ? slowdown : 1);
      double minimum = half_noise(noise, state);
      pair->ns[side][PAIRS_MINIMUM] = ns * minimum;
      pair->ns[side][PAIRS_CPU] = ns * minimum * half_noise(noise, state);
      pair->ns[side][PAIRS_P90] =
          ns * minimum * half_noise((struct made_noise){4 * noise.width}, state);
    }
  }
}

void made_pairs_clear(struct pairs *pairs)
{
  for (size_t i = 0; i < pairs->series_count; i++) {
    free(pairs->series[i].pair);
    free(pairs->series[i].benchmark);
  }
  free(pairs->series);
  pairs->series = NULL;
  pairs->series_count = pairs->series_room = 0;
}
