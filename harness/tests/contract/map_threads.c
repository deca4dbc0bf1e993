/* map_threads.c: what a map promises to several threads. Thread counts go beyond the processors of
 * a small machine on purpose: being preempted in mid-put is what is tried. */
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "tests/contract/map_rig.h"
#include "tests/contract/team.h"

static const unsigned teams[] = {2, 3, 8};
enum { TEAMS = sizeof teams / sizeof *teams, THREADS_MOST = 8 };

enum who_puts { ALL_PUT_ALL, EACH_ITS_OWN, SOME_LOOK_UP };
enum order { SAME_ORDER, OWN_ORDER };

/* Keys come in batches; all threads meet before each. */
struct many_puts {
  struct map_rig rig;
  unsigned threads;
  uint32_t keys, batch;
  enum who_puts who;
  enum order order;
  struct map_put *put; /* [thread][key]; {0}: did not put that key */
  bool seated[THREADS_MOST];
  bool lost_sight[THREADS_MOST]; /* a lookup missed a key that it had found, or another id */
};

static struct map_put *put_of(const struct many_puts *many, unsigned thread, uint32_t key)
{
  return &many->put[(size_t)thread * many->keys + key];
}

/* The step-th key of a batch for this thread. */
static uint32_t in_order(const struct many_puts *many, unsigned thread, uint32_t step)
{
  if (many->order == SAME_ORDER)
    return step;
  uint32_t turned = (step + thread * (many->batch / many->threads)) % many->batch;
  return thread % 2 ? many->batch - 1 - turned : turned;
}

static void look_up(struct many_puts *many, unsigned thread, void *seat, uint32_t key)
{
  struct test_key bytes = test_key(key);
  uint64_t seen = 0;
  for (int times = 0; times < 3; times++) {
    uint64_t id = map_under_test->lookup(many->rig.map, seat, bytes.bytes, bytes.n);
    many->lost_sight[thread] |= seen && id != seen;
    seen = id;
  }
  put_of(many, thread, key)->id = seen;
}

static void put_batches(void *arg, unsigned thread)
{
  struct many_puts *many = arg;
  void *seat = NULL;
  many->seated[thread] = map_rig_enter(&many->rig, thread, &seat);
  for (uint32_t from = 0; from < many->keys; from += many->batch) {
    team_meet();
    for (uint32_t step = 0; step < many->batch && many->seated[thread]; step++) {
      uint32_t key = from + in_order(many, thread, step);
      struct test_key bytes = test_key(key);
      if (many->who == EACH_ITS_OWN && key % many->threads != thread)
        continue;
      if (many->who == SOME_LOOK_UP && thread % 2)
        look_up(many, thread, seat, key);
      else
        *put_of(many, thread, key) = map_under_test->put(many->rig.map, seat, bytes.bytes, bytes.n);
    }
  }
  team_meet();
  if (many->seated[thread])
    map_rig_leave(&many->rig, seat);
}

/* One adder and one id a key; then the map itself. */
static void check_puts(struct many_puts *many, uint64_t *id)
{
  for (uint32_t i = 0; i < many->keys; i++) {
    unsigned adders = 0;
    id[i] = 0;
    for (unsigned t = 0; t < many->threads; t++) {
      const struct map_put *put = put_of(many, t, i);
      adders += put->added;
      if (!id[i])
        id[i] = put->id;
      else if (put->id)
        assert_int_equal(put->id, id[i]);
    }
    if (adders != 1)
      fail_msg("key %u was added %u times", i, adders);
  }
  assert_sound_ids(id, many->keys);
  map_rig_holds_keys(&many->rig, 0, many->keys, id);
}

static void run_many(enum who_puts who, enum order order, uint32_t keys, uint32_t batch)
{
  for (int t = 0; t < TEAMS; t++) {
    struct many_puts *many = calloc(1, sizeof *many);
    assert_non_null(many);
    many->threads = teams[t];
    many->keys = keys;
    many->batch = batch;
    many->who = who;
    many->order = order;
    many->put = calloc((size_t)teams[t] * keys, sizeof *many->put);
    uint64_t *id = calloc(keys, sizeof *id);
    assert_non_null(many->put);
    assert_non_null(id);
    map_rig_open(&many->rig, (struct map_wish){.threads = teams[t]});
    team_run(teams[t], put_batches, many);
    for (unsigned i = 0; i < teams[t]; i++) {
      assert_true(many->seated[i]);
      assert_false(many->lost_sight[i]);
    }
    check_puts(many, id);
    map_rig_close(&many->rig);
    free(id);
    free(many->put);
    free(many);
  }
}

static void threads_put_keys_of_their_own(void **state)
{
  (void)state;
  run_many(EACH_ITS_OWN, SAME_ORDER, 6000, 6000);
}

static void threads_put_the_same_keys_in_one_order(void **state)
{
  (void)state;
  run_many(ALL_PUT_ALL, SAME_ORDER, 6000, 60);
}

static void threads_put_the_same_keys_in_their_own_orders(void **state)
{
  (void)state;
  run_many(ALL_PUT_ALL, OWN_ORDER, 6000, 120);
}

static void lookups_run_beside_puts(void **state)
{
  (void)state;
  if (!map_under_test->lookup)
    skip();
  run_many(SOME_LOOK_UP, SAME_ORDER, 6000, 60);
}

/* ---- the original's own test ---- */

enum { ORIGINAL_THREADS = 3, ORIGINAL_STRINGS = 6 };
static const char *const original[ORIGINAL_THREADS][ORIGINAL_STRINGS] = {
    {"a", "b", "aa", "ab", "ba", "bb"},
    {"c", "d", "cc", "cd", "dc", "dd"},
    {"e", "f", "ee", "ef", "fe", "ff"},
};

struct original_run {
  struct map_rig rig;
  struct map_put put[ORIGINAL_THREADS][2][ORIGINAL_STRINGS];
  bool seated[ORIGINAL_THREADS];
};

static void put_original(void *arg, unsigned thread)
{
  struct original_run *run = arg;
  void *seat;
  run->seated[thread] = map_rig_enter(&run->rig, thread, &seat);
  team_meet();
  if (!run->seated[thread])
    return;
  for (int round = 0; round < 2; round++)
    for (int i = 0; i < ORIGINAL_STRINGS; i++) {
      const char *text = original[thread][i];
      run->put[thread][round][i] = map_under_test->put(run->rig.map, seat, text, strlen(text));
    }
  map_rig_leave(&run->rig, seat);
}

static void check_original(const struct original_run *run)
{
  uint64_t id[ORIGINAL_THREADS * ORIGINAL_STRINGS];
  for (int t = 0; t < ORIGINAL_THREADS; t++) {
    assert_true(run->seated[t]);
    for (int i = 0; i < ORIGINAL_STRINGS; i++) {
      assert_true(run->put[t][0][i].added);
      assert_false(run->put[t][1][i].added);
      assert_int_equal(run->put[t][1][i].id, run->put[t][0][i].id);
      id[t * ORIGINAL_STRINGS + i] = run->put[t][0][i].id;
    }
  }
  assert_sound_ids(id, sizeof id / sizeof *id);
}

static void original_facts_on_three_threads(void **state)
{
  (void)state;
  struct original_run run = {.seated = {false}};
  map_rig_open(&run.rig, (struct map_wish){.threads = ORIGINAL_THREADS});
  for (int round = 0; round < (map_under_test->reset ? 3 : 1); round++) {
    team_run(ORIGINAL_THREADS, put_original, &run);
    check_original(&run);
    if (map_under_test->reset)
      assert_int_equal(map_under_test->reset(run.rig.map), 0);
  }
  map_rig_close(&run.rig);
}

/* ---- ids in the order of real time ---- */

enum { TURNS = 3000 };

struct baton {
  struct map_rig rig;
  _Atomic uint32_t turn; /* whose: even thread 0, odd thread 1 */
  uint64_t id[TURNS];
  bool seated[2];
};

/* Puts take turns, so each returns before the next is called. */
static void pass_on(void *arg, unsigned thread)
{
  struct baton *baton = arg;
  void *seat;
  baton->seated[thread] = map_rig_enter(&baton->rig, thread, &seat);
  team_meet();
  if (!baton->seated[0] || !baton->seated[1])
    return;
  for (uint32_t turn = thread; turn < TURNS; turn += 2) {
    while (atomic_load_explicit(&baton->turn, memory_order_acquire) != turn)
      sched_yield(); /* pairs with the other thread's store below */
    struct test_key key = test_key(turn);
    baton->id[turn] = map_under_test->put(baton->rig.map, seat, key.bytes, key.n).id;
    atomic_store_explicit(&baton->turn, turn + 1, memory_order_release);
  }
  map_rig_leave(&baton->rig, seat);
}

static void promised_ids_follow_real_time(void **state)
{
  (void)state;
  if (!map_promises(MAP_ORDERED_IDS))
    skip();
  struct baton *baton = calloc(1, sizeof *baton);
  assert_non_null(baton);
  map_rig_open(&baton->rig, (struct map_wish){.threads = 2});
  team_run(2, pass_on, baton);
  assert_true(baton->seated[0] && baton->seated[1]);
  for (int i = 1; i < TURNS; i++)
    assert_true(baton->id[i] > baton->id[i - 1]);
  map_rig_close(&baton->rig);
  free(baton);
}

/* ---- stolen ids under threads ---- */

enum { THIEVES = 4, LOOT = 500 };

struct heist {
  struct map_rig rig;
  uint64_t id[THIEVES * LOOT];
  bool seated[THIEVES];
};

static void put_or_steal(void *arg, unsigned thread)
{
  struct heist *heist = arg;
  void *seat;
  heist->seated[thread] = map_rig_enter(&heist->rig, thread, &seat);
  team_meet();
  for (uint32_t i = 0; i < LOOT && heist->seated[thread]; i++) {
    uint32_t at = thread * LOOT + i;
    struct test_key key = test_key(at);
    heist->id[at] = i % 2 ? map_under_test->steal_id(heist->rig.map, seat)
                          : map_under_test->put(heist->rig.map, seat, key.bytes, key.n).id;
  }
  if (heist->seated[thread])
    map_rig_leave(&heist->rig, seat);
}

static void ids_are_stolen_beside_puts(void **state)
{
  (void)state;
  if (!map_under_test->steal_id)
    skip();
  struct heist *heist = calloc(1, sizeof *heist);
  assert_non_null(heist);
  map_rig_open(&heist->rig, (struct map_wish){.threads = THIEVES});
  team_run(THIEVES, put_or_steal, heist);
  for (int t = 0; t < THIEVES; t++)
    assert_true(heist->seated[t]);
  assert_sound_ids(heist->id, THIEVES * LOOT);
  map_rig_close(&heist->rig);
  free(heist);
}

size_t map_thread_tests(struct CMUnitTest *tests)
{
  const struct CMUnitTest own[] = {
      cmocka_unit_test(original_facts_on_three_threads),
      cmocka_unit_test(threads_put_keys_of_their_own),
      cmocka_unit_test(threads_put_the_same_keys_in_one_order),
      cmocka_unit_test(threads_put_the_same_keys_in_their_own_orders),
      cmocka_unit_test(lookups_run_beside_puts),
      cmocka_unit_test(promised_ids_follow_real_time),
      cmocka_unit_test(ids_are_stolen_beside_puts),
  };
  memcpy(tests, own, sizeof own);
  return sizeof own / sizeof *own;
}
