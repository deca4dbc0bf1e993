/* time_slices.h: latencies over time: a run cut into slices of equal width, each with a count,
 * percentiles and the maximum of what ended in it. The stage keeps one for each kind of latency and
 * thread.
 *
 * The memory is fixed: when the slices are used up, neighbours are merged two by two and the width
 * doubles. The merging is spread out, one pair for each new slice, so that no recording takes long.
 * Percentiles come from 16 buckets a power of two: at most 1/16 above the true value.
 *
 * Not thread-safe: one a thread, merged afterwards.
 */
#ifndef TMB_TIME_SLICES_H
#define TMB_TIME_SLICES_H

#include <stdbool.h>
#include <stdint.h>

#define TIME_SLICES 512u
#define TIME_SLICE_LEAST_NS ((uint64_t)1 << 16)

struct time_slices;

/* NULL: no memory. */
struct time_slices *time_slices_create(void);
void time_slices_destroy(struct time_slices *);

/* Forgets everything and touches all its memory, so that recording faults no page in. */
void time_slices_begin(struct time_slices *);
/* The run begins at start_ns, in the narrowest slices. Before the first record. */
void time_slices_start(struct time_slices *, uint64_t start_ns);

/* Records what ended at end_ns; an end before start_ns counts as the start, one that lies before an
 * earlier record's slice as that slice. */
void time_slices_record(struct time_slices *, uint64_t end_ns, uint64_t latency_ns);

/* Brings both to the wider width of the two, and adds `from` to `into`. */
void time_slices_merge(struct time_slices *into, struct time_slices *from);

/* Ends the recording: merges what was left to merge, and widens the slices to at least width_ns. */
void time_slices_settle(struct time_slices *, uint64_t width_ns);

/* After settling. */
struct time_slice {
  uint64_t count, p50_ns, p999_ns, max_ns; /* zero when nothing ended in it */
};
uint64_t time_slices_width_ns(const struct time_slices *);
unsigned time_slices_count(const struct time_slices *);
struct time_slice time_slices_at(const struct time_slices *, unsigned index);

#endif
