/* stress_watchdog_test.c: what a scenario's process may do, and what the watchdog makes of it; and
 * the block source that fails where it is told to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "stress/watchdog.h"

static void no_region(void *region)
{
  (void)region;
}

static const struct region_plugin region = {.destroy = no_region, .drop = no_region};
static const struct map_plugin map = {.head.promises = MAP_USES_REGION};
static const struct map_plugin map_without_region;

static void run_well(struct bout *bout)
{
  struct draw draw;
  while (bout_next(bout, &draw))
    ;
}

static void run_crash(struct bout *bout)
{
  (void)bout;
  abort();
}

static void run_exit(struct bout *bout)
{
  (void)bout;
  _exit(7);
}

static void run_quiet_exit(struct bout *bout)
{
  (void)bout;
  _exit(0);
}

static void run_hang(struct bout *bout)
{
  bout->board->seat[1].tid = gettid();
  board_enter(&bout->board->seat[1], WHERE_PUT);
  for (;;)
    pause();
}

static void run_deadlock(struct bout *bout)
{
  bout->board->seat[0].tid = gettid();
  board_enter(&bout->board->seat[0], WHERE_PUT | WHERE_HANDLER_PUT);
  for (;;)
    pause();
}

/* The board after a bout of that kind; to be destroyed. */
static struct board *watched(void (*run)(struct bout *), const struct map_plugin *of)
{
  const struct scenario scenario = {
      .name = "test", .promise = PROMISE_REFUSAL, .needs_blocks = true, .run = run};
  const struct subject subject = {.map = of, .region = &region};
  struct board *board = board_create();
  assert_non_null(board);
  struct bout bout = {.scenario = &scenario, .subject = &subject, .board = board, .only_epoch = 5};
  watchdog_run(&bout, &(struct watch_limits){.deadlock_s = 0.05, .hang_s = 0.3});
  return board;
}

static void a_good_end_says_nothing(void **state)
{
  (void)state;
  struct board *board = watched(run_well, &map);
  assert_false(board_has_refutation(board));
  assert_string_equal(board->error, "");
  assert_string_equal(board->untested, "");
  assert_int_equal(board_count(board, COUNT_EPOCHS), 1);
  assert_int_equal(board->epoch, 5);
  board_destroy(board);
}

static void assert_refuted(void (*run)(struct bout *), const char *how)
{
  struct board *board = watched(run, &map);
  assert_true(board->refutation[PROMISE_REFUSAL].refuted);
  if (!strstr(board->refutation[PROMISE_REFUSAL].how, how))
    fail_msg("'%s' is not in: %s", how, board->refutation[PROMISE_REFUSAL].how);
  board_destroy(board);
}

static void bad_ends_are_named(void **state)
{
  (void)state;
  assert_refuted(run_crash, "crash: Aborted");
  assert_refuted(run_exit, "exit code 7");
  assert_refuted(run_quiet_exit, "the map ended the process");
  assert_refuted(run_hang, "hang: no call returned");
  assert_refuted(run_hang, "thread 1 is in another system call in a put");
  assert_refuted(run_deadlock, "deadlock: put in the signal handler waits for the lock");
  assert_refuted(run_deadlock, "no other thread exists");
}

static void what_cannot_be_tested_is_not_run(void **state)
{
  (void)state;
  struct board *board = watched(run_crash, &map_without_region);
  assert_false(board_has_refutation(board));
  assert_non_null(strstr(board->untested, "no blocks"));
  board_destroy(board);
}

static void only_the_first_refutation_is_kept(void **state)
{
  (void)state;
  struct board *board = board_create();
  assert_non_null(board);
  board_refute(board, PROMISE_DENSE_IDS, "first");
  board_refute(board, PROMISE_DENSE_IDS, "second");
  assert_string_equal(board->refutation[PROMISE_DENSE_IDS].how, "first");
  board_destroy(board);
}

static void blocks_are_refused_where_told(void **state)
{
  (void)state;
  const struct subject subject = {.map = &map, .region = &region};
  struct rig rig;
  assert_int_equal(rig_init(&rig, &subject), 0);
  struct block_source *source = &rig.blocks.source;
  const struct {
    uint64_t first, count;
    bool given[4];
  } cases[] = {{0, 0, {true, true, true, true}},
               {2, 1, {true, true, false, true}},
               {1, UINT64_MAX, {true, false, false, false}},
               {0, UINT64_MAX, {false, false, false, false}}};
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    rig_refuse_blocks(&rig, cases[c].first, cases[c].count);
    for (int i = 0; i < 4; i++) {
      void *block = source->take(source, 4096);
      assert_int_equal(block != NULL, cases[c].given[i]);
      assert_int_equal(rig_held_bytes(&rig), block ? 4096 : 0);
      if (block)
        source->give_back(source, block, 4096);
    }
  }
  rig_fini(&rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_good_end_says_nothing),
      cmocka_unit_test(bad_ends_are_named),
      cmocka_unit_test(what_cannot_be_tested_is_not_run),
      cmocka_unit_test(only_the_first_refutation_is_kept),
      cmocka_unit_test(blocks_are_refused_where_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
