/* histogram.c: what is done to histograms outside the clock: merging, percentiles, JSON. The bucket
 * layout is that of HdrHistogram (Gil Tene, 2012) with five bits of precision. */
#include "measure/histogram.h"

/* The largest value that falls into the bucket. */
static uint64_t upper_end_ns(unsigned bucket)
{
  if (bucket < 2 * HISTOGRAM_SPLIT)
    return bucket;
  unsigned shift = bucket / HISTOGRAM_SPLIT - 1;
  uint64_t leading = bucket % HISTOGRAM_SPLIT + HISTOGRAM_SPLIT;
  return ((leading + 1) << shift) - 1;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
  into->count += from->count;
  if (from->max_ns > into->max_ns)
    into->max_ns = from->max_ns;
  for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
    into->bucket[i] += from->bucket[i];
}

uint64_t histogram_percentile_ns(const struct histogram *histogram, unsigned per_mille)
{
  uint64_t count = histogram->count;
  /* ceil(count * per_mille / 1000) in integers, without overflow. */
  uint64_t rank = count / 1000 * per_mille + (count % 1000 * per_mille + 999) / 1000;
  uint64_t seen = 0;
  for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
    seen += histogram->bucket[i];
    if (seen >= rank && seen > 0) {
      uint64_t upper_ns = upper_end_ns(i);
      return upper_ns < histogram->max_ns ? upper_ns : histogram->max_ns;
    }
  }
  return histogram->max_ns;
}

bool histogram_next(const struct histogram *histogram, unsigned *cursor, uint64_t *upper_ns,
                    uint64_t *count)
{
  for (unsigned i = *cursor; i < HISTOGRAM_BUCKETS; i++) {
    if (histogram->bucket[i] == 0)
      continue;
    *cursor = i + 1;
    *upper_ns = upper_end_ns(i);
    *count = histogram->bucket[i];
    return true;
  }
  *cursor = HISTOGRAM_BUCKETS;
  return false;
}

json_t *histogram_json(const struct histogram *histogram)
{
  json_t *buckets = json_array();
  uint64_t upper_ns, count;
  for (unsigned cursor = 0; buckets && histogram_next(histogram, &cursor, &upper_ns, &count);) {
    json_t *pair = json_pack("[I, I]", (json_int_t)upper_ns, (json_int_t)count);
    if (json_array_append_new(buckets, pair) != 0) { /* also when pair is NULL */
      json_decref(buckets);
      return NULL;
    }
  }
  return buckets;
}
