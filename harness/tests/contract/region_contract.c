/* region_contract.c: what region.h says, held against one region.
 *
 *   region_contract REGION [TEST]
 *
 * Called by ctest for every region. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load/plugin_loader.h"
#include "tests/contract/cmocka_includes.h"
#include "tests/contract/poison_source.h"
#include "tests/contract/team.h"

static const struct region_plugin *calls; /* under test */

struct region_rig {
  struct poison_source source;
  void *region, *seat;
};

static bool enter(struct region_rig *rig, unsigned thread, void **seat)
{
  const struct seat_place place = {.thread = thread, .cpu = -1, .node = -1};
  *seat = NULL;
  return !calls->enter || calls->enter(rig->region, &place, seat) == 0;
}

static void leave(struct region_rig *rig, void *seat)
{
  if (calls->leave)
    calls->leave(rig->region, seat);
}

static void open_region(struct region_rig *rig, size_t block_bytes, unsigned threads,
                        bool caller_serialises)
{
  memset(rig, 0, sizeof *rig);
  poison_source_init(&rig->source);
  const struct region_config config = {.block_bytes = block_bytes,
                                       .source = &rig->source.source,
                                       .threads = threads + 1,
                                       .caller_serialises = caller_serialises};
  assert_int_equal(calls->create(&config, &rig->region), 0);
  assert_true(enter(rig, threads, &rig->seat));
}

static void close_region(struct region_rig *rig)
{
  leave(rig, rig->seat);
  calls->destroy(rig->region);
  assert_int_equal(poison_source_held_bytes(&rig->source), 0);
  poison_source_fini(&rig->source);
}

/* ---- pieces that are told apart by what is written in them ---- */

struct piece {
  unsigned char *bytes;
  size_t n;
};

static size_t piece_size(uint32_t number)
{
  return 1 + (number * UINT32_C(2654435761) >> 10) % 200;
}

static unsigned char piece_byte(uint32_t number, size_t at)
{
  return (unsigned char)(number * 31 + at);
}

static void fill(struct piece piece, uint32_t number)
{
  for (size_t i = 0; i < piece.n; i++)
    piece.bytes[i] = piece_byte(number, i);
}

static bool is_intact(struct piece piece, uint32_t number)
{
  for (size_t i = 0; i < piece.n; i++)
    if (piece.bytes[i] != piece_byte(number, i))
      return false;
  return true;
}

/* Allocates and fills. False: refused. */
static bool take_piece(struct region_rig *rig, void *seat, uint32_t number, struct piece *piece)
{
  *piece = (struct piece){.n = piece_size(number)};
  piece->bytes = calls->alloc(rig->region, seat, piece->n);
  if (piece->bytes)
    fill(*piece, number);
  return piece->bytes;
}

/* Aligned, inside a block, and nobody wrote over it. */
static void check_piece(struct region_rig *rig, struct piece piece, uint32_t number)
{
  assert_int_equal((uintptr_t)piece.bytes % 8, 0);
  assert_true(poison_source_covers(&rig->source, piece.bytes, piece.n));
  if (!is_intact(piece, number))
    fail_msg("piece %u of %zu bytes was written over", number, piece.n);
}

/* A region may round sizes up to 8, or to more; main asks it which. */
static size_t rounding = 8;

static uint64_t rounded(size_t n)
{
  return (n + rounding - 1) & ~(rounding - 1);
}

static void ask_for_rounding(void)
{
  struct region_rig rig;
  struct region_stats stats = {0};
  open_region(&rig, 4096, 0, false);
  if (calls->alloc(rig.region, rig.seat, 1))
    calls->stats(rig.region, &stats);
  leave(&rig, rig.seat); /* asserts nothing: no test is under way */
  calls->destroy(rig.region);
  poison_source_fini(&rig.source);
  size_t used = stats.used_bytes;
  if (used >= 8 && used <= 64 && (used & (used - 1)) == 0)
    rounding = used;
}

/* used_bytes is what was handed out, rounding included. */
static void check_stats(struct region_rig *rig, uint64_t used)
{
  struct region_stats stats = {0};
  calls->stats(rig->region, &stats);
  assert_int_equal(stats.blocks, rig->source.held_blocks);
  assert_int_equal(stats.mapped_bytes, rig->source.held_bytes);
  assert_int_equal(stats.used_bytes, used);
}

#define PIECES 4000

static void pieces_are_aligned_and_apart(void **state)
{
  (void)state;
  struct piece *piece = calloc(PIECES, sizeof *piece);
  assert_non_null(piece);
  for (size_t block_bytes = 4096; block_bytes <= (size_t)1 << 20; block_bytes *= 4) {
    for (int serialises = 0; serialises < 2; serialises++) {
      struct region_rig rig;
      open_region(&rig, block_bytes, 0, serialises);
      for (uint32_t i = 0; i < PIECES; i++)
        assert_true(take_piece(&rig, rig.seat, i, &piece[i]));
      for (uint32_t i = 0; i < PIECES; i++)
        check_piece(&rig, piece[i], i);
      close_region(&rig);
    }
  }
  free(piece);
}

static void stats_are_exact(void **state)
{
  (void)state;
  struct region_rig rig;
  open_region(&rig, 4096, 0, false);
  for (int round = 0; round < 3; round++) {
    uint64_t used = 0;
    check_stats(&rig, 0);
    for (uint32_t i = 0; i < 1000; i++) {
      struct piece piece;
      assert_true(take_piece(&rig, rig.seat, i, &piece));
      used += rounded(piece.n);
      check_stats(&rig, used);
      assert_null(calls->alloc(rig.region, rig.seat, 5000)); /* and refusals do not count */
    }
    check_stats(&rig, used);
    calls->drop(rig.region);
  }
  close_region(&rig);
}

static void what_no_block_holds_is_refused(void **state)
{
  (void)state;
  for (size_t block_bytes = 4096; block_bytes <= 65536; block_bytes *= 4) {
    const size_t too_large[] = {block_bytes,  block_bytes + 1, 2 * block_bytes, SIZE_MAX / 2 + 1,
                                SIZE_MAX - 7, SIZE_MAX - 6,    SIZE_MAX - 1,    SIZE_MAX};
    struct region_rig rig;
    open_region(&rig, block_bytes, 0, false);
    for (size_t i = 0; i < sizeof too_large / sizeof *too_large; i++) {
      assert_null(calls->alloc(rig.region, rig.seat, too_large[i]));
      assert_non_null(calls->alloc(rig.region, rig.seat, 8));
    }
    close_region(&rig);
  }
}

/* Nearly a whole block can be had, in one piece; refusal is a matter of size alone. */
static void a_block_is_not_wasted(void **state)
{
  (void)state;
  const size_t block_bytes = 4096, header_most = 256;
  struct region_rig rig;
  open_region(&rig, block_bytes, 0, false);
  bool refused = false;
  for (uint32_t n = (uint32_t)(block_bytes - 2 * header_most); n < block_bytes; n++) {
    struct piece piece = {.bytes = calls->alloc(rig.region, rig.seat, n), .n = n};
    if (n <= block_bytes - header_most)
      assert_non_null(piece.bytes);
    if (refused)
      assert_null(piece.bytes);
    refused = !piece.bytes;
    if (piece.bytes) {
      fill(piece, n);
      check_piece(&rig, piece, n);
    }
    assert_non_null(calls->alloc(rig.region, rig.seat, 1));
  }
  assert_true(refused);
  close_region(&rig);
}

static void drop_gives_all_back(void **state)
{
  (void)state;
  struct region_rig rig;
  open_region(&rig, 4096, 0, false);
  calls->drop(rig.region); /* nothing to give */
  for (uint32_t round = 0; round < 4; round++) {
    struct piece piece[500];
    for (uint32_t i = 0; i < 500; i++)
      assert_true(take_piece(&rig, rig.seat, i + round, &piece[i]));
    assert_int_not_equal(poison_source_held_bytes(&rig.source), 0);
    for (uint32_t i = 0; i < 500; i++)
      check_piece(&rig, piece[i], i + round);
    calls->drop(rig.region);
    assert_int_equal(poison_source_held_bytes(&rig.source), 0);
    check_stats(&rig, 0);
  }
  assert_non_null(calls->alloc(rig.region, rig.seat, 8));
  close_region(&rig); /* destroy gives back what no drop did */
}

static void two_regions_share_nothing(void **state)
{
  (void)state;
  struct region_rig left, right;
  struct piece left_piece[300], right_piece[300];
  open_region(&left, 4096, 0, false);
  open_region(&right, 8192, 0, false);
  for (uint32_t i = 0; i < 300; i++) {
    assert_true(take_piece(&left, left.seat, i, &left_piece[i]));
    assert_true(take_piece(&right, right.seat, i + 7, &right_piece[i]));
  }
  for (uint32_t i = 0; i < 300; i++)
    check_piece(&left, left_piece[i], i);
  close_region(&left);
  for (uint32_t i = 0; i < 300; i++)
    check_piece(&right, right_piece[i], i + 7);
  close_region(&right);
}

/* Between steps the stats are those of the blocks that are left. */
static void check_stats_of_rest(struct region_rig *rig, uint64_t used_before)
{
  struct region_stats stats = {0};
  calls->stats(rig->region, &stats);
  assert_int_equal(stats.blocks, rig->source.held_blocks);
  assert_int_equal(stats.mapped_bytes, rig->source.held_bytes);
  assert_in_range(stats.used_bytes, 0, used_before);
  assert_in_range(stats.used_bytes, 0, stats.mapped_bytes);
}

static void drop_may_go_in_steps(void **state)
{
  (void)state;
  if (!calls->drop_step)
    skip();
  const size_t block_bytes = 4096;
  for (unsigned most = 1; most < 40; most += 6) {
    struct region_rig rig;
    open_region(&rig, block_bytes, 0, false);
    assert_true(calls->drop_step(rig.region, most)); /* nothing to give */
    for (int round = 0; round < 2; round++) {
      struct piece piece;
      uint64_t used = 0;
      for (uint32_t i = 0; i < 1000; i++) {
        assert_true(take_piece(&rig, rig.seat, i, &piece));
        used += rounded(piece.n);
      }
      bool done = false;
      for (unsigned steps = 0; !done; steps++) {
        uint64_t before = rig.source.held_blocks;
        done = calls->drop_step(rig.region, most);
        assert_in_range(before - rig.source.held_blocks, 0, most);
        check_stats_of_rest(&rig, used);
        assert_in_range(steps, 0, 1000);
      }
      assert_int_equal(rig.source.held_blocks, 0);
      check_stats(&rig, 0);
    }
    close_region(&rig);
  }
}

/* ---- a source that fails ---- */

/* The first n takes succeed. True: some piece was refused. */
static bool fails_cleanly_after(int64_t n)
{
  enum { FEW = 400 };
  struct region_rig rig;
  struct piece piece[FEW];
  uint32_t taken = 0;
  open_region(&rig, 4096, 0, false);
  poison_source_limit(&rig.source, n);
  while (taken < FEW && take_piece(&rig, rig.seat, taken, &piece[taken]))
    taken++;
  bool refused = taken < FEW;
  for (int again = 0; again < 5 && refused; again++)
    assert_null(calls->alloc(rig.region, rig.seat, 4000)); /* more than a started block holds */
  poison_source_limit(&rig.source, INT64_MAX);
  for (; taken < FEW; taken++)
    assert_true(take_piece(&rig, rig.seat, taken, &piece[taken]));
  uint64_t used = 0;
  for (uint32_t i = 0; i < FEW; i++) {
    check_piece(&rig, piece[i], i);
    used += rounded(piece[i].n);
  }
  check_stats(&rig, used);
  close_region(&rig);
  return refused;
}

static void the_source_may_fail_at_every_block(void **state)
{
  (void)state;
  int64_t n = 0;
  while (fails_cleanly_after(n))
    n++;
  assert_in_range(n, 8, 100);
}

/* ---- threads ---- */

enum { THREADS_MOST = 8, EACH = 1500 };

struct crew {
  struct region_rig rig;
  struct piece piece[THREADS_MOST][EACH];
  pthread_mutex_t lock; /* where the caller serialises */
  bool serialises, seated[THREADS_MOST];
  int64_t limit; /* of blocks, until half of the pieces were asked for */
};

static uint32_t crew_number(unsigned thread, uint32_t i)
{
  return thread * 100003 + i;
}

static void take_many(void *arg, unsigned thread)
{
  struct crew *crew = arg;
  void *seat;
  crew->seated[thread] = enter(&crew->rig, thread, &seat);
  for (uint32_t i = 0; i < EACH; i++) {
    if (i == 0 || i == EACH / 2) {
      team_meet();
      if (thread == 0)
        poison_source_limit(&crew->rig.source, i ? INT64_MAX : crew->limit);
      team_meet();
    }
    if (!crew->seated[thread])
      continue;
    if (crew->serialises)
      pthread_mutex_lock(&crew->lock);
    take_piece(&crew->rig, seat, crew_number(thread, i), &crew->piece[thread][i]);
    if (crew->serialises)
      pthread_mutex_unlock(&crew->lock);
  }
  team_meet();
  if (crew->seated[thread])
    leave(&crew->rig, seat);
}

/* All that was handed out is intact; all that was asked for with memory to be had was handed out.
 */
static void check_crew(struct crew *crew, unsigned threads)
{
  uint64_t used = 0;
  for (unsigned t = 0; t < threads; t++) {
    assert_true(crew->seated[t]);
    for (uint32_t i = 0; i < EACH; i++) {
      struct piece piece = crew->piece[t][i];
      if (i >= EACH / 2 || crew->limit == INT64_MAX)
        assert_non_null(piece.bytes);
      if (!piece.bytes)
        continue;
      used += rounded(piece.n);
      check_piece(&crew->rig, piece, crew_number(t, i));
    }
  }
  check_stats(&crew->rig, used);
}

static void run_crew(unsigned threads, bool serialises, int64_t limit)
{
  struct crew *crew = calloc(1, sizeof *crew);
  assert_non_null(crew);
  crew->serialises = serialises;
  crew->limit = limit;
  pthread_mutex_init(&crew->lock, NULL);
  open_region(&crew->rig, 4096, threads, serialises);
  for (int round = 0; round < 2; round++) {
    team_run(threads, take_many, crew);
    check_crew(crew, threads);
    calls->drop(crew->rig.region);
    assert_int_equal(poison_source_held_bytes(&crew->rig.source), 0);
  }
  close_region(&crew->rig);
  pthread_mutex_destroy(&crew->lock);
  free(crew);
}

static void threads_take_pieces_at_once(void **state)
{
  (void)state;
  for (unsigned threads = 2; threads <= THREADS_MOST; threads *= 2)
    run_crew(threads, false, INT64_MAX);
}

static void callers_that_serialise_are_served(void **state)
{
  (void)state;
  run_crew(3, true, INT64_MAX);
}

static void the_source_may_fail_under_threads(void **state)
{
  (void)state;
  for (int64_t limit = 0; limit < 8; limit++)
    run_crew(4, false, limit);
}

/* Many seats, one after another: what they took stays, and a seat that was left is free again. */
static void seats_are_taken_and_left(void **state)
{
  (void)state;
  enum { TURNS = 400 };
  struct region_rig rig;
  struct piece piece[TURNS];
  uint64_t used = 0;
  open_region(&rig, 4096, 2, false);
  for (uint32_t i = 0; i < TURNS; i++) {
    void *seat, *other;
    assert_true(enter(&rig, 0, &seat));
    assert_true(enter(&rig, 1, &other));
    assert_true(take_piece(&rig, i % 2 ? seat : other, i, &piece[i]));
    used += rounded(piece[i].n);
    leave(&rig, seat);
    leave(&rig, other);
  }
  for (uint32_t i = 0; i < TURNS; i++)
    check_piece(&rig, piece[i], i);
  check_stats(&rig, used);
  close_region(&rig);
}

/* Processors and threads may have any number. */
static void seats_may_stand_anywhere(void **state)
{
  (void)state;
  static const int cpu[] = {0, 2, 63, 64, 1000, 100000, -1};
  enum { PLACES = sizeof cpu / sizeof *cpu, HERE = 60 };
  struct region_rig rig;
  struct piece piece[PLACES][HERE];
  void *seat[PLACES] = {NULL};
  open_region(&rig, 4096, PLACES, false);
  for (int p = 0; p < PLACES; p++) {
    const struct seat_place place = {.thread = (unsigned)p, .cpu = cpu[p], .node = p};
    assert_true(!calls->enter || calls->enter(rig.region, &place, &seat[p]) == 0);
  }
  for (uint32_t i = 0; i < HERE; i++)
    for (uint32_t p = 0; p < PLACES; p++)
      assert_true(take_piece(&rig, seat[p], p * HERE + i, &piece[p][i]));
  for (uint32_t i = 0; i < HERE; i++)
    for (uint32_t p = 0; p < PLACES; p++)
      check_piece(&rig, piece[p][i], p * HERE + i);
  for (int p = 0; p < PLACES; p++)
    leave(&rig, seat[p]);
  close_region(&rig);
}

static void seats_outlast_a_drop(void **state)
{
  (void)state;
  struct region_rig rig;
  void *seat;
  open_region(&rig, 4096, 1, false);
  assert_true(enter(&rig, 0, &seat));
  for (uint32_t round = 0; round < 4; round++) {
    struct piece piece[100];
    for (uint32_t i = 0; i < 100; i++)
      assert_true(take_piece(&rig, i % 2 ? seat : rig.seat, i, &piece[i]));
    for (uint32_t i = 0; i < 100; i++)
      check_piece(&rig, piece[i], i);
    calls->drop(rig.region);
    assert_int_equal(poison_source_held_bytes(&rig.source), 0);
  }
  leave(&rig, seat);
  close_region(&rig);
}

int main(int argc, char **argv)
{
  char error[PLUGIN_ERROR_BYTES];
  if (argc < 2 || argc > 3) {
    fprintf(stderr, "usage: region_contract REGION [TEST]\n");
    return 4;
  }
  const union plugin_table *table = plugin_load(argv[1], PLUGIN_REGION, error);
  if (!table) {
    fprintf(stderr, "region_contract: %s\n", error);
    return 4;
  }
  calls = &table->region;
  ask_for_rounding();
  if (argc == 3)
    cmocka_set_test_filter(argv[2]);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pieces_are_aligned_and_apart),
      cmocka_unit_test(stats_are_exact),
      cmocka_unit_test(what_no_block_holds_is_refused),
      cmocka_unit_test(a_block_is_not_wasted),
      cmocka_unit_test(drop_gives_all_back),
      cmocka_unit_test(drop_may_go_in_steps),
      cmocka_unit_test(two_regions_share_nothing),
      cmocka_unit_test(the_source_may_fail_at_every_block),
      cmocka_unit_test(threads_take_pieces_at_once),
      cmocka_unit_test(callers_that_serialise_are_served),
      cmocka_unit_test(the_source_may_fail_under_threads),
      cmocka_unit_test(seats_are_taken_and_left),
      cmocka_unit_test(seats_may_stand_anywhere),
      cmocka_unit_test(seats_outlast_a_drop),
  };
  return cmocka_run_group_tests_name(argv[1], tests, NULL, NULL);
}
