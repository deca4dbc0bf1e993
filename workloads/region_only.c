/* region_only: a region's alloc apart from any map. Each thread allocates the sizes of its tape:
 * keys, and in between nodes as hash_trie has them. It writes one word into each piece, as whoever
 * asked for it would.
 *
 * With more seats than threads each thread allocates for its seats in turn: what the blocks of so
 * many threads would waste shows on a machine that cannot run them. The times then are not those of
 * so many threads.
 *
 * Checked after each trial: pieces are aligned, hold what was written, and do not overlap; the
 * region's own figures hold them; every block goes back.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "key_stream.h"

#define NODE_BYTES ((size_t)64)
#define SEATS_MOST 256

enum parameter { SEATS };

static const struct workload_parameter parameters[] = {
    {"seats", "seats taken in the region, by the threads in turn; 0: one a thread", 0, 0,
     SEATS_MOST},
    {0}};

enum purpose { PURPOSE_ORDER = 100 };

static int prepare(struct workload_plan *plan)
{
  if (!key_stream_generate(plan, plan->keys))
    return prepare_out_of_memory(plan);
  plan->timed = tapes_split(plan, plan->keys, PURPOSE_ORDER);
  return plan->timed ? 0 : prepare_out_of_memory(plan);
}

static size_t piece_bytes(const struct tape_step *step, uint64_t i)
{
  return i % 2 ? NODE_BYTES : step->length; /* a key is 5 bytes at least */
}

static uint32_t first_word(unsigned thread, uint64_t i)
{
  return ((uint32_t)i + thread * UINT32_C(40503)) * UINT32_C(2654435761);
}

struct trial {
  void *region;
  unsigned seats;
  void *seat[SEATS_MOST];
};

static void fail(struct stage *stage, const char *what)
{
  snprintf(stage->error, sizeof stage->error, "%s: %s", stage->config->region->head.name, what);
}

/* Leaves the first seats and destroys. */
static void close_region(struct stage *stage, unsigned seats)
{
  struct trial *trial = stage->own;
  const struct region_plugin *calls = stage->config->region;
  for (unsigned s = 0; calls->leave && s < seats; s++)
    calls->leave(trial->region, trial->seat[s]);
  calls->destroy(trial->region);
  free(trial);
  stage->own = NULL;
}

static int begin(struct stage *stage)
{
  const struct region_plugin *calls = stage->config->region;
  const unsigned threads = stage->plan->threads;
  struct trial *trial = calloc(1, sizeof *trial);
  if (!trial || threads > SEATS_MOST) {
    fail(stage, trial ? "at most 256 threads" : "no memory for its seats");
    free(trial);
    return trial ? -EINVAL : -ENOMEM;
  }
  trial->seats = (unsigned)stage->plan->parameter[SEATS];
  trial->seats = trial->seats < threads ? threads : trial->seats;
  struct region_config config = stage->config->region_config;
  config.threads = trial->seats;
  int error = calls->create(&config, &trial->region);
  if (error) {
    fail(stage, "was not created");
    free(trial);
    return error;
  }
  stage->own = trial;
  for (unsigned s = 0; calls->enter && s < trial->seats; s++) {
    struct seat_place place = {.thread = s, .cpu = -1, .node = -1};
    error = calls->enter(trial->region, s < threads ? &stage->place[s] : &place, &trial->seat[s]);
    if (error) {
      fail(stage, "gives no seat");
      close_region(stage, s);
      return error;
    }
  }
  return 0;
}

static void act(struct stage *stage, unsigned thread)
{
  const struct trial *trial = stage->own;
  const struct region_plugin *calls = stage->config->region;
  const struct tape *tape = &stage->plan->timed[thread];
  uint64_t *results = stage->results[thread];
  const unsigned threads = stage->plan->threads;
  unsigned seat = thread;
  const struct tape_step *step = tape->steps;
  for (uint64_t i = 0; i < tape->count; i++, step = tape_next(step)) {
    void *piece = calls->alloc(trial->region, trial->seat[seat], piece_bytes(step, i));
    if (piece) {
      uint32_t word = first_word(thread, i);
      memcpy(piece, &word, sizeof word);
    }
    results[i] = (uint64_t)(uintptr_t)piece | (piece != NULL); /* counts as added */
    seat = seat + threads < trial->seats ? seat + threads : thread;
  }
}

static unsigned char *piece_of(uint64_t result)
{
  return (unsigned char *)(uintptr_t)(result & ~UINT64_C(1));
}

/* Calls `look` for every piece; false once it returns false. */
typedef bool piece_look(struct stage *, unsigned thread, uint64_t i, unsigned char *piece,
                        size_t bytes);

static bool each_piece(struct stage *stage, piece_look *look)
{
  for (unsigned t = 0; t < stage->plan->threads; t++) {
    const struct tape *tape = &stage->plan->timed[t];
    const struct tape_step *step = tape->steps;
    for (uint64_t i = 0; i < tape->count; i++, step = tape_next(step))
      if (!look(stage, t, i, piece_of(stage->results[t][i]), piece_bytes(step, i)))
        return false;
  }
  return true;
}

static bool is_as_left(struct stage *stage, unsigned thread, uint64_t i, unsigned char *piece,
                       size_t bytes)
{
  uint32_t word;
  (void)bytes;
  if (!piece)
    fail(stage, "refused a piece: the blocks of its seats are more than there are pages for");
  else if ((uintptr_t)piece % 8)
    fail(stage, "gave a piece that is not aligned to 8");
  else if (memcpy(&word, piece, sizeof word), word != first_word(thread, i))
    fail(stage, "a piece was written over");
  return stage->error[0] == '\0';
}

static bool fill(struct stage *stage, unsigned thread, uint64_t i, unsigned char *piece,
                 size_t bytes)
{
  (void)stage;
  memset(piece, (int)(first_word(thread, i) >> 24), bytes);
  return true;
}

static bool is_full(struct stage *stage, unsigned thread, uint64_t i, unsigned char *piece,
                    size_t bytes)
{
  for (size_t at = 0; at < bytes; at++)
    if (piece[at] != (unsigned char)(first_word(thread, i) >> 24)) {
      fail(stage, "two pieces overlap");
      return false;
    }
  return true;
}

static uint64_t bytes_asked_for(const struct stage *stage)
{
  uint64_t bytes = 0;
  for (unsigned t = 0; t < stage->plan->threads; t++) {
    const struct tape *tape = &stage->plan->timed[t];
    const struct tape_step *step = tape->steps;
    for (uint64_t i = 0; i < tape->count; i++, step = tape_next(step))
      bytes += piece_bytes(step, i);
  }
  return bytes;
}

static bool stats_hold(struct stage *stage)
{
  const struct trial *trial = stage->own;
  struct region_stats stats = {0};
  stage->config->region->stats(trial->region, &stats);
  if (stats.used_bytes < bytes_asked_for(stage) || stats.mapped_bytes < stats.used_bytes) {
    fail(stage, "its figures are smaller than what it gave");
    return false;
  }
  const double mapped = (double)stats.mapped_bytes, waste = mapped - (double)stats.used_bytes;
  stage->figure(stage, "region_mapped_bytes", mapped, FIGURE_MEDIAN);
  stage->figure(stage, "region_used_bytes", (double)stats.used_bytes, FIGURE_MEDIAN);
  stage->figure(stage, "region_waste_bytes_per_seat", waste / trial->seats, FIGURE_MEDIAN);
  stage->figure(stage, "region_seats", trial->seats, FIGURE_MEDIAN);
  return true;
}

/* While the seats are still taken. Afterwards they allocate again, so that they leave blocks behind
 * for destroy() to find. */
static bool drops_all(struct stage *stage)
{
  const struct trial *trial = stage->own;
  const struct region_plugin *calls = stage->config->region;
  struct region_stats stats = {0};
  calls->drop(trial->region);
  calls->stats(trial->region, &stats);
  if (stats.blocks || stats.mapped_bytes || stats.used_bytes)
    fail(stage, "keeps blocks after a drop");
  for (unsigned s = 0; s < trial->seats; s++)
    calls->alloc(trial->region, trial->seat[s], NODE_BYTES);
  return stage->error[0] == '\0';
}

static int end(struct stage *stage)
{
  struct trial *trial = stage->own;
  bool good = each_piece(stage, is_as_left) && each_piece(stage, fill) &&
              each_piece(stage, is_full) && stats_hold(stage) && drops_all(stage);
  close_region(stage, trial->seats);
  return good ? 0 : -EINVAL;
}

static const struct workload_plugin plugin = {
    .head = {.kind = PLUGIN_WORKLOAD,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .name = "region_only",
             .summary = "allocates keys and nodes from a region, without a map"},
    .needs = NEEDS_NO_MAP,
    .parameters = parameters,
    .prepare = prepare,
    .begin = begin,
    .act = act,
    .end = end,
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
