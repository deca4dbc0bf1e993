/* time_slices.c: see time_slices.h.
 *
 * While the upper half is recorded, the lower end is merged: entering slice TIME_SLICES / 2 + j
 * merges slices 2j and 2j + 1 into slice j, whose own content went to j / 2 before. When the last
 * slice is full only its own pair is left to do, and recording goes on in the upper half, in slices
 * of twice the width.
 */
#include "measure/time_slices.h"

#include <stdlib.h>
#include <string.h>

#define SPLIT_BITS 4u
#define SPLIT (1u << SPLIT_BITS)
#define TOP_BIT 37u /* longer than 2^38 ns, 4.5 minutes: in the last bucket */
#define BUCKETS ((TOP_BIT - SPLIT_BITS + 2) * SPLIT)
#define HALF (TIME_SLICES / 2)

struct slice {
  uint64_t count, max_ns;
  uint32_t bucket[BUCKETS];
};

struct time_slices {
  uint64_t start_ns, width_ns;
  uint64_t current_end_ns; /* of the slice being recorded */
  unsigned current;
  unsigned merged; /* pairs of this round */
  struct slice slice[TIME_SLICES];
};

static unsigned bucket_of(uint64_t value_ns)
{
  if (value_ns < SPLIT)
    return (unsigned)value_ns;
  unsigned shift = 63u - (unsigned)__builtin_clzll(value_ns) - SPLIT_BITS;
  if (shift > TOP_BIT - SPLIT_BITS)
    return BUCKETS - 1;
  return shift * SPLIT + (unsigned)(value_ns >> shift);
}

/* The largest value that falls into the bucket. */
static uint64_t upper_end_ns(unsigned bucket)
{
  if (bucket < 2 * SPLIT)
    return bucket;
  unsigned shift = bucket / SPLIT - 1;
  return (((uint64_t)bucket % SPLIT + SPLIT + 1) << shift) - 1;
}

static void add_slice(struct slice *into, const struct slice *from)
{
  into->count += from->count;
  if (from->max_ns > into->max_ns)
    into->max_ns = from->max_ns;
  for (unsigned i = 0; i < BUCKETS; i++)
    into->bucket[i] += from->bucket[i];
}

/* Merges the next pair of this round; its second half may be missing. */
static void merge_pair(struct time_slices *s)
{
  unsigned j = s->merged++;
  if (j > 0)
    s->slice[j] = s->slice[2 * j];
  if (2 * j + 1 <= s->current)
    add_slice(&s->slice[j], &s->slice[2 * j + 1]);
}

/* Merges what is left of this round and goes over to twice the width. */
static void double_width(struct time_slices *s)
{
  while (2 * s->merged <= s->current)
    merge_pair(s);
  s->merged = 0;
  s->current /= 2;
  s->width_ns *= 2;
  s->current_end_ns = s->start_ns + (s->current + 1) * s->width_ns;
}

static void enter_next(struct time_slices *s)
{
  if (s->current == TIME_SLICES - 1) {
    double_width(s);
    return; /* the merged slice may have room still; the caller looks again */
  }
  s->current++;
  s->current_end_ns += s->width_ns;
  memset(&s->slice[s->current], 0, sizeof s->slice[0]);
  if (s->current >= HALF && s->current < TIME_SLICES - 1)
    merge_pair(s);
}

struct time_slices *time_slices_create(void)
{
  struct time_slices *s = calloc(1, sizeof *s);
  if (s)
    time_slices_start(s, 0);
  return s;
}

void time_slices_destroy(struct time_slices *s)
{
  free(s);
}

void time_slices_begin(struct time_slices *s)
{
  memset(s, 0, sizeof *s);
  time_slices_start(s, 0);
}

void time_slices_start(struct time_slices *s, uint64_t start_ns)
{
  s->start_ns = start_ns;
  s->width_ns = TIME_SLICE_LEAST_NS;
  s->current_end_ns = start_ns + s->width_ns;
}

void time_slices_record(struct time_slices *s, uint64_t end_ns, uint64_t latency_ns)
{
  while (end_ns >= s->current_end_ns)
    enter_next(s);
  struct slice *slice = &s->slice[s->current];
  slice->count++;
  if (latency_ns > slice->max_ns)
    slice->max_ns = latency_ns;
  slice->bucket[bucket_of(latency_ns)]++;
}

void time_slices_settle(struct time_slices *s, uint64_t width_ns)
{
  while (s->merged > 0 || s->width_ns < width_ns)
    double_width(s);
}

void time_slices_merge(struct time_slices *into, struct time_slices *from)
{
  time_slices_settle(from, into->width_ns);
  time_slices_settle(into, from->width_ns);
  time_slices_settle(from, into->width_ns);
  for (unsigned i = 0; i <= from->current; i++) {
    if (i > into->current) {
      into->slice[i] = from->slice[i];
      into->current = i;
      into->current_end_ns += into->width_ns;
    } else {
      add_slice(&into->slice[i], &from->slice[i]);
    }
  }
}

uint64_t time_slices_width_ns(const struct time_slices *s)
{
  return s->width_ns;
}

unsigned time_slices_count(const struct time_slices *s)
{
  return s->current + 1;
}

/* By nearest rank, as histogram_percentile_ns() does. */
static uint64_t percentile_ns(const struct slice *slice, unsigned per_mille)
{
  uint64_t rank = (slice->count * per_mille + 999) / 1000, seen = 0;
  for (unsigned i = 0; i < BUCKETS; i++) {
    seen += slice->bucket[i];
    if (seen >= rank && seen > 0)
      return i < BUCKETS - 1 && upper_end_ns(i) < slice->max_ns ? upper_end_ns(i) : slice->max_ns;
  }
  return 0;
}

struct time_slice time_slices_at(const struct time_slices *s, unsigned index)
{
  const struct slice *slice = &s->slice[index];
  return (struct time_slice){.count = slice->count,
                             .p50_ns = percentile_ns(slice, 500),
                             .p999_ns = percentile_ns(slice, 999),
                             .max_ns = slice->max_ns};
}
