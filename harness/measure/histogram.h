/* histogram.h: a log-linear histogram of durations in nanoseconds. The sampling map records into
 * it, points merge and print it.
 *
 * Each power of two is split into 32 equal buckets, so a bucket is at most 1/32 (3.125 %) of the
 * values in it wide; values below 64 have a bucket each. The size is fixed: recording never
 * allocates and never fails. Values above HISTOGRAM_MOST_NS (292 years) are recorded as that.
 *
 * Not thread-safe: one histogram a thread, merged afterwards.
 */
#ifndef TMB_HISTOGRAM_H
#define TMB_HISTOGRAM_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define HISTOGRAM_MOST_NS ((uint64_t)INT64_MAX) /* what a JSON integer holds */

enum {
  HISTOGRAM_SPLIT_BITS = 5,
  HISTOGRAM_SPLIT = 1 << HISTOGRAM_SPLIT_BITS, /* buckets a power of two */
  HISTOGRAM_BUCKETS = (63 - HISTOGRAM_SPLIT_BITS + 1) * HISTOGRAM_SPLIT, /* values of 63 bits */
};

/* Zeroed is empty. */
struct histogram {
  uint64_t count;
  uint64_t max_ns; /* exact; 0 when empty */
  uint64_t bucket[HISTOGRAM_BUCKETS];
};

static inline unsigned histogram_bucket(uint64_t value_ns)
{
  if (value_ns < HISTOGRAM_SPLIT)
    return (unsigned)value_ns;
  unsigned shift = 63u - (unsigned)__builtin_clzll(value_ns) - HISTOGRAM_SPLIT_BITS;
  /* value >> shift is in [SPLIT, 2 * SPLIT): its leading one counts as the first row of buckets. */
  return shift * HISTOGRAM_SPLIT + (unsigned)(value_ns >> shift);
}

static inline void histogram_record(struct histogram *histogram, uint64_t value_ns)
{
  if (value_ns > HISTOGRAM_MOST_NS)
    value_ns = HISTOGRAM_MOST_NS;
  histogram->count++;
  if (value_ns > histogram->max_ns)
    histogram->max_ns = value_ns;
  histogram->bucket[histogram_bucket(value_ns)]++;
}

/* Adds what `from` holds to `into`. */
void histogram_merge(struct histogram *into, const struct histogram *from);

/* The percentile by nearest rank: of the recorded values in order, the one with the 1-based rank
 * ceil(count * per_mille / 1000). Given is the upper end of that value's bucket, or max_ns if that
 * is less: never below the true value, at most 1/32 above it. per_mille is 1 to 1000: 500 is the
 * median, 999 is p99.9, 1000 the maximum. 0 when the histogram is empty. */
uint64_t histogram_percentile_ns(const struct histogram *histogram, unsigned per_mille);

/* Walks the buckets that hold something, in ascending order. *cursor starts at 0. False at the end.
 *
 *   for (unsigned cursor = 0; histogram_next(h, &cursor, &upper_ns, &count);)
 */
bool histogram_next(const struct histogram *histogram, unsigned *cursor, uint64_t *upper_ns,
                    uint64_t *count);

/* [[upper_ns, count], …] without empty buckets, as in histograms.json. A new reference; NULL: no
 * memory. */
json_t *histogram_json(const struct histogram *histogram);

#endif
