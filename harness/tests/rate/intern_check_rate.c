/* intern_check_rate.c: how fast the linear-time interning check takes operations in. Not a test: it
 * prints a figure. Usage: intern_check_rate [operations [keys]]
 *
 * One thread records and checks what a correct map would answer: of 100 operations, 5
 * are lookups of keys that are never put, about 24 lookups that hit, the rest puts; keys at random.
 * Time stamps count up; making key and stamp takes about a nanosecond and is in the figure.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "check/intern_check.h"

static double seconds(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

int main(int argc, char **argv)
{
  uint64_t operations = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000000;
  uint32_t keys = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 65536;
  if (operations == 0 || keys < 2) {
    fputs("usage: intern_check_rate [operations [keys]], keys at least 2\n", stderr);
    return 4;
  }
  struct intern_summary summary;
  intern_summary_init(&summary, keys, 0);
  struct intern_check *check = intern_check_create(keys, 0);

  double begin = seconds();
  uint64_t random = 1;
  uint32_t never_put = keys / 20; /* keys below are only looked up */
  for (uint64_t i = 0; i < operations; i++) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    uint32_t key = (uint32_t)((random >> 32) * keys >> 32);
    int64_t call = (int64_t)(2 * i), end = call + 1;
    if (key < never_put)
      intern_summary_lookup(&summary, key, 0, call, end);
    else if (random >> 28 & 1 && random >> 27 & 1 && summary.keys[key].id)
      intern_summary_lookup(&summary, key, key + 1, call, end);
    else
      intern_summary_put(&summary, key, key + 1, summary.keys[key].id == 0, call, end);
  }
  intern_check_merge(check, &summary);
  struct intern_certificate certificate = intern_check_finish(check);
  double spent = seconds() - begin;

  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  printf("%" PRIu64 " operations on %" PRIu32 " keys: %.3f s, %.2f ns each, %ld KiB resident: %s\n",
         operations, keys, spent, 1e9 * spent / (double)operations, usage.ru_maxrss,
         intern_verdict_text(certificate.verdict));
  intern_check_destroy(check);
  intern_summary_fini(&summary);
  return certificate.verdict != INTERN_LINEARIZABLE;
}
