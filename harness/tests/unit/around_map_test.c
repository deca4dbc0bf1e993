/* around_map_test.c: a map around a map has the inner map's calls and no others, and each reaches
 * the inner map with the inner map's own pointer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>

#include "around/around_map.h"

static char inner_map; /* only its address counts */
static void *called_with;

static int own_enter(void *map, const struct seat_place *place, void **seat)
{
  (void)map, (void)place, (void)seat;
  return 0;
}

static void own_leave(void *map, void *seat)
{
  (void)map, (void)seat;
}

static struct map_put own_put(void *map, void *seat, const void *bytes, size_t n)
{
  (void)map, (void)seat, (void)bytes, (void)n;
  return (struct map_put){0};
}

static uint64_t own_lookup(void *map, void *seat, const void *bytes, size_t n)
{
  (void)map, (void)seat, (void)bytes, (void)n;
  return 0;
}

static uint64_t own_steal_id(void *map, void *seat)
{
  (void)map, (void)seat;
  return 0;
}

static int own_reset(void *map)
{
  (void)map;
  return 0;
}

static int inner_reset(void *map)
{
  called_with = map;
  return -EBUSY;
}

static int inner_visit(void *map, map_visitor *visitor, void *arg)
{
  called_with = map;
  return visitor(arg, 7, "seven", 5) ? 0 : -ECANCELED;
}

static void inner_stats(void *map, struct map_stats *stats)
{
  called_with = map;
  stats->keys = 42;
}

static int inner_visit_step(void *map, struct map_cursor *cursor, unsigned keys,
                            map_visitor *visitor, void *arg)
{
  called_with = map;
  cursor->word[0] = keys;
  return visitor(arg, 8, "eight", 5) ? 1 : -ECANCELED;
}

static int inner_reset_step(void *map, unsigned blocks)
{
  called_with = map;
  return (int)blocks;
}

static const struct map_plugin whole = {
    .head = {.kind = PLUGIN_MAP,
             .promises = MAP_INCREMENTAL | MAP_ASYNC_SIGNAL_SAFE | MAP_DENSE_IDS},
    .lookup = own_lookup,
    .steal_id = own_steal_id,
    .reset = inner_reset,
    .visit = inner_visit,
    .stats = inner_stats,
    .visit_step = inner_visit_step,
    .reset_step = inner_reset_step,
};

static struct map_plugin own = {.enter = own_enter,
                                .leave = own_leave,
                                .put = own_put,
                                .lookup = own_lookup,
                                .steal_id = own_steal_id};

static bool count_visit(void *arg, uint64_t id, const void *bytes, size_t n)
{
  (void)id, (void)bytes, (void)n;
  ++*(unsigned *)arg;
  return true;
}

#define assert_reached(expression, result)                                                         \
  do {                                                                                             \
    called_with = NULL;                                                                            \
    assert_int_equal(expression, result);                                                          \
    assert_ptr_equal(called_with, &inner_map);                                                     \
  } while (0)

static void every_call_reaches_the_inner_map(void **state)
{
  (void)state;
  struct around_map around;
  around_map_init(&around, &whole, &inner_map, &own);
  const struct map_plugin *calls = &around.calls;
  unsigned visited = 0;
  struct map_stats stats = {0};
  struct map_cursor cursor = {{0}};
  assert_reached(calls->reset(&around), -EBUSY);
  assert_reached(calls->visit(&around, count_visit, &visited), 0);
  assert_reached(calls->visit_step(&around, &cursor, 3, count_visit, &visited), 1);
  assert_reached(calls->reset_step(&around, 5), 5);
  assert_reached((calls->stats(&around, &stats), (int)stats.keys), 42);
  assert_int_equal(visited, 2);
  assert_int_equal(cursor.word[0], 3);
  assert_true(calls->put == own_put && calls->enter == own_enter && calls->leave == own_leave);
  assert_int_equal(calls->head.promises, MAP_INCREMENTAL | MAP_DENSE_IDS);
}

static void what_the_inner_map_lacks_is_lacking(void **state)
{
  (void)state;
  struct around_map around;
  const struct map_plugin bare = {.head = {.kind = PLUGIN_MAP}};
  around_map_init(&around, &bare, &inner_map, &own);
  const struct map_plugin *calls = &around.calls;
  assert_true(!calls->lookup && !calls->steal_id && !calls->reset && !calls->visit &&
              !calls->stats && !calls->visit_step && !calls->reset_step);
}

static void a_watched_reset_is_never_in_steps(void **state)
{
  (void)state;
  struct around_map around;
  struct map_plugin watcher = own;
  watcher.reset = own_reset;
  around_map_init(&around, &whole, &inner_map, &watcher);
  assert_true(around.calls.reset == own_reset);
  assert_null(around.calls.reset_step);
  assert_false(around.calls.head.promises & MAP_INCREMENTAL);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_call_reaches_the_inner_map),
      cmocka_unit_test(what_the_inner_map_lacks_is_lacking),
      cmocka_unit_test(a_watched_reset_is_never_in_steps),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
