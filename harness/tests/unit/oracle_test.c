/* oracle_test.c: each contradiction provoked once, and what is no contradiction. The map is a table
 * that the test fills in as it likes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/oracle.h"
#include "tests/contract/cmocka_includes.h"

/* ---- a plan of four keys ---- */

enum { A, BB, CCC, DDDD, KEYS };
static const char *const key_text[KEYS] = {"a", "bb", "ccc", "dddd"};
static const unsigned char key_bytes[] = "abbcccdddd";
static const uint64_t key_offset[KEYS + 1] = {0, 1, 3, 6, 10};
static const struct workload_plan plan = {
    .key_set = {.bytes = key_bytes, .offset = key_offset, .count = KEYS}};

#define STEPS_MOST 16

/* A tape under construction, with its results. */
struct played {
  unsigned char bytes[STEPS_MOST * 24] __attribute__((aligned(8)));
  struct tape tape;
  uint64_t results[STEPS_MOST];
};

static void play(struct played *played, enum tape_operation operation, uint32_t key, uint64_t id,
                 bool added)
{
  struct tape *tape = &played->tape;
  size_t n = strlen(key_text[key]);
  struct tape_step step = {.key = key, .operation = operation == TAPE_LOOKUP, .length = 0};
  step.length = (uint32_t)n & INT32_MAX;
  assert_true(tape->count < STEPS_MOST);
  memcpy(played->bytes + tape->bytes, &step, sizeof step);
  memcpy(played->bytes + tape->bytes + sizeof step, key_text[key], n);
  tape->bytes += sizeof step + ((n + 7) & ~(size_t)7);
  tape->steps = (const struct tape_step *)played->bytes;
  played->results[tape->count++] = result_word(id, added);
}

/* ---- a map that shows what it is told ---- */

struct shown_map {
  struct {
    uint64_t id;
    const char *text;
  } entry[8];
  size_t count;
  int result;
};

static int visit(void *map, map_visitor *visitor, void *arg)
{
  const struct shown_map *shown = map;
  for (size_t i = 0; i < shown->count; i++)
    if (!visitor(arg, shown->entry[i].id, shown->entry[i].text, strlen(shown->entry[i].text)))
      return -ECANCELED;
  return shown->result;
}

static void show(struct shown_map *map, uint64_t id, const char *text)
{
  map->entry[map->count].id = id;
  map->entry[map->count++].text = text;
}

static const struct map_plugin visits = {.visit = visit};
static const struct map_plugin visits_dense = {.head.promises = MAP_DENSE_IDS, .visit = visit};
static const struct map_plugin shows_nothing = {.head.promises = 0};

/* ---- the oracle at work ---- */

static struct oracle *fresh(void)
{
  struct oracle *oracle = oracle_create(&plan);
  assert_non_null(oracle);
  oracle_begin(oracle);
  return oracle;
}

/* Takes a tape in as worker 3. */
static bool takes(struct oracle *oracle, const struct played *played)
{
  return oracle_tape(oracle, &played->tape, played->results, 3);
}

static void ends_well(struct oracle *oracle)
{
  assert_string_equal(oracle_contradiction(oracle), "");
  oracle_destroy(oracle);
}

/* The oracle has said no, with a sentence that has these words. */
static void ends_with(struct oracle *oracle, const char *words)
{
  if (!strstr(oracle_contradiction(oracle), words))
    fail_msg("'%s' does not say '%s'", oracle_contradiction(oracle), words);
  assert_false(oracle_map(oracle, &shows_nothing, NULL)); /* and it stays */
  oracle_destroy(oracle);
}

/* A and BB are added with ids 1 and 2, and found again. */
static struct oracle *with_two_keys(struct shown_map *map)
{
  struct played played = {.tape = {0}};
  struct oracle *oracle = fresh();
  play(&played, TAPE_PUT, A, 1, true);
  play(&played, TAPE_PUT, BB, 2, true);
  play(&played, TAPE_PUT, A, 1, false);
  play(&played, TAPE_LOOKUP, BB, 2, false);
  play(&played, TAPE_LOOKUP, DDDD, 0, false);
  assert_true(takes(oracle, &played));
  oracle_settle(oracle);
  *map = (struct shown_map){.count = 0};
  show(map, 2, "bb");
  show(map, 1, "a");
  return oracle;
}

static void what_is_right_passes(void **state)
{
  (void)state;
  struct shown_map map;
  struct oracle *oracle = with_two_keys(&map);
  assert_true(oracle_map(oracle, &visits, &map));
  assert_true(oracle_map(oracle, &visits_dense, &map));
  assert_true(oracle_map(oracle, &shows_nothing, &map));

  struct played more = {.tape = {0}}; /* a further phase on the same map */
  play(&more, TAPE_PUT, A, 1, false);
  play(&more, TAPE_PUT, CCC, 3, true);
  assert_true(takes(oracle, &more));
  oracle_settle(oracle);
  show(&map, 3, "ccc");
  assert_true(oracle_map(oracle, &visits_dense, &map));

  oracle_begin(oracle); /* and an empty one */
  map.count = 0;
  assert_true(oracle_map(oracle, &visits_dense, &map));
  ends_well(oracle);
}

static void two_ids_for_one_string(void **state)
{
  (void)state;
  struct played played = {.tape = {0}};
  struct oracle *oracle = fresh();
  play(&played, TAPE_PUT, A, 1, true);
  play(&played, TAPE_PUT, A, 2, false);
  play(&played, TAPE_PUT, BB, 0, false); /* only the first contradiction is named */
  assert_false(takes(oracle, &played));
  assert_non_null(strstr(oracle_contradiction(oracle), "worker 3"));
  assert_non_null(strstr(oracle_contradiction(oracle), "\"a\""));
  ends_with(oracle, "two ids for one string");
}

static void two_ids_on_two_workers(void **state)
{
  (void)state;
  struct played left = {.tape = {0}}, right = {.tape = {0}};
  struct oracle *oracle = fresh();
  play(&left, TAPE_PUT, A, 1, true);
  play(&right, TAPE_LOOKUP, A, 9, false);
  assert_true(takes(oracle, &left));
  assert_false(takes(oracle, &right));
  ends_with(oracle, "has id 9, earlier 1");
}

static void added_twice(void **state)
{
  (void)state;
  struct played played = {.tape = {0}};
  struct oracle *oracle = fresh();
  play(&played, TAPE_PUT, A, 1, true);
  play(&played, TAPE_PUT, A, 1, true);
  assert_false(takes(oracle, &played));
  ends_with(oracle, "added a second time");
}

static void added_again_in_a_later_phase(void **state)
{
  (void)state;
  struct shown_map map;
  struct oracle *oracle = with_two_keys(&map);
  struct played played = {.tape = {0}};
  play(&played, TAPE_PUT, A, 1, true);
  assert_false(takes(oracle, &played));
  ends_with(oracle, "added a second time");
}

static void never_added(void **state)
{
  (void)state;
  struct played played = {.tape = {0}};
  struct oracle *oracle = fresh();
  play(&played, TAPE_PUT, A, 1, true);
  play(&played, TAPE_PUT, BB, 2, false);
  assert_true(takes(oracle, &played)); /* some other worker may have added it */
  assert_false(oracle_map(oracle, &shows_nothing, NULL));
  ends_with(oracle, "no put said that it added it");
}

static void found_but_never_put(void **state)
{
  (void)state;
  struct played played = {.tape = {0}};
  struct oracle *oracle = fresh();
  play(&played, TAPE_LOOKUP, CCC, 5, false);
  assert_true(takes(oracle, &played));
  assert_false(oracle_map(oracle, &shows_nothing, NULL));
  ends_with(oracle, "no put said that it added it");
}

static void id_zero(void **state)
{
  (void)state;
  struct played played = {.tape = {0}};
  struct oracle *oracle = fresh();
  play(&played, TAPE_PUT, A, 0, true);
  assert_false(takes(oracle, &played));
  ends_with(oracle, "was refused (id 0)");
}

static void one_id_for_two_strings(uint64_t id, uint64_t another)
{
  struct played played = {.tape = {0}};
  struct oracle *oracle = fresh();
  play(&played, TAPE_PUT, A, id, true);
  play(&played, TAPE_PUT, CCC, another, true);
  play(&played, TAPE_PUT, BB, id, true);
  assert_true(takes(oracle, &played));
  assert_false(oracle_map(oracle, &shows_nothing, NULL));
  ends_with(oracle, "both have id");
}

static void one_id_for_two_small(void **state)
{
  (void)state;
  one_id_for_two_strings(1, 2);
}

/* Too large for a table of all ids. */
static void one_id_for_two_wild(void **state)
{
  (void)state;
  one_id_for_two_strings(UINT64_C(1) << 60, 3);
}

static void wild_ids_are_ids(void **state)
{
  (void)state;
  struct played played = {.tape = {0}};
  struct shown_map map = {.count = 0};
  struct oracle *oracle = fresh();
  play(&played, TAPE_PUT, A, UINT64_MAX >> 1, true);
  play(&played, TAPE_PUT, BB, 1, true);
  play(&played, TAPE_PUT, CCC, UINT64_C(1) << 40, true);
  show(&map, UINT64_C(1) << 40, "ccc");
  show(&map, UINT64_MAX >> 1, "a");
  show(&map, 1, "bb");
  assert_true(takes(oracle, &played));
  assert_true(oracle_map(oracle, &visits, &map));
  ends_well(oracle);
}

static void lookup_misses_a_settled_string(void **state)
{
  (void)state;
  struct shown_map map;
  struct oracle *oracle = with_two_keys(&map);
  struct played played = {.tape = {0}};
  play(&played, TAPE_LOOKUP, A, 0, false);
  assert_false(takes(oracle, &played));
  ends_with(oracle, "lookup misses key 0 \"a\" (1 bytes), which has id 1");
}

/* Until the phase is over, another worker's put may come later. */
static void lookup_may_miss_before(void **state)
{
  (void)state;
  struct played played = {.tape = {0}};
  struct oracle *oracle = fresh();
  play(&played, TAPE_PUT, A, 1, true);
  play(&played, TAPE_LOOKUP, A, 0, false);
  assert_true(takes(oracle, &played));
  assert_true(oracle_map(oracle, &shows_nothing, NULL));
  ends_well(oracle);
}

static void visit_loses_a_string(void **state)
{
  (void)state;
  struct shown_map map;
  struct oracle *oracle = with_two_keys(&map);
  map.count = 1;
  assert_false(oracle_map(oracle, &visits, &map));
  ends_with(oracle, "visit does not show key 0 \"a\" (1 bytes) (id 1): 1 of 2 strings are lost");
}

static void visit_invents_a_string(void **state)
{
  (void)state;
  struct shown_map map;
  struct oracle *oracle = with_two_keys(&map);
  show(&map, 7, "ccc");
  assert_false(oracle_map(oracle, &visits, &map));
  ends_with(oracle, "id 7, which no put was given");
}

static void visit_changes_bytes(void **state)
{
  (void)state;
  static const char *const wrong[] = {"bx", "b", "bbb", ""};
  for (int i = 0; i < 4; i++) {
    struct shown_map map;
    struct oracle *oracle = with_two_keys(&map);
    map.entry[0].text = wrong[i];
    assert_false(oracle_map(oracle, &visits, &map));
    ends_with(oracle, "visit shows other bytes");
  }
}

static void visit_shows_twice(void **state)
{
  (void)state;
  struct shown_map map;
  struct oracle *oracle = with_two_keys(&map);
  show(&map, 1, "a");
  assert_false(oracle_map(oracle, &visits, &map));
  ends_with(oracle, "visit shows key 0 \"a\" (1 bytes) twice");
}

static void visit_swaps_ids(void **state)
{
  (void)state;
  struct shown_map map;
  struct oracle *oracle = with_two_keys(&map);
  map.entry[0].id = 1;
  map.entry[1].id = 2;
  assert_false(oracle_map(oracle, &visits, &map));
  ends_with(oracle, "visit shows other bytes");
}

static void visit_fails(void **state)
{
  (void)state;
  struct shown_map map;
  struct oracle *oracle = with_two_keys(&map);
  map.result = -EIO;
  assert_false(oracle_map(oracle, &visits, &map));
  ends_with(oracle, "visit failed: Input/output error");
}

static void stolen_ids(void **state)
{
  (void)state;
  static const struct {
    uint64_t first, second;
    const char *words; /* NULL: no contradiction */
  } cases[] = {
      {3, 4, NULL},
      {4, 3, NULL},
      {3, 2, "stolen id 2 belongs to key 1"},
      {0, 3, "steal_id gave id 0"},
      {3, 3, "id 3 was stolen twice"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct shown_map map;
    struct oracle *oracle = with_two_keys(&map);
    oracle_stolen(oracle, cases[i].first);
    oracle_stolen(oracle, cases[i].second);
    assert_true(oracle_map(oracle, &visits_dense, &map) == !cases[i].words);
    if (cases[i].words)
      ends_with(oracle, cases[i].words);
    else
      ends_well(oracle);
  }
}

static void a_stolen_id_is_shown(void **state)
{
  (void)state;
  struct shown_map map;
  struct oracle *oracle = with_two_keys(&map);
  oracle_stolen(oracle, 3);
  show(&map, 3, "ccc");
  assert_false(oracle_map(oracle, &visits, &map));
  ends_with(oracle, "id 3, which no put was given");
}

static void gaps_in_dense_ids(void **state)
{
  (void)state;
  struct played played = {.tape = {0}};
  struct oracle *oracle = fresh();
  play(&played, TAPE_PUT, A, 1, true);
  play(&played, TAPE_PUT, BB, 3, true);
  assert_true(takes(oracle, &played));
  struct map_plugin dense = {.head.promises = MAP_DENSE_IDS};
  assert_true(oracle_map(oracle, &shows_nothing, NULL)); /* who promises nothing may have them */
  assert_false(oracle_map(oracle, &dense, NULL));
  ends_with(oracle, "2 were drawn, but the largest is 3");
}

static void a_stolen_id_fills_a_gap(void **state)
{
  (void)state;
  struct played played = {.tape = {0}};
  struct oracle *oracle = fresh();
  struct map_plugin dense = {.head.promises = MAP_DENSE_IDS};
  play(&played, TAPE_PUT, A, 1, true);
  play(&played, TAPE_PUT, BB, 3, true);
  oracle_stolen(oracle, 2);
  assert_true(takes(oracle, &played));
  assert_true(oracle_map(oracle, &dense, NULL));
  oracle_stolen(oracle, 5);
  assert_false(oracle_map(oracle, &dense, NULL));
  ends_with(oracle, "4 were drawn, but the largest is 5");
}

/* ---- many strings: what waits in the oracle's ring is checked like the first ---- */

enum { MANY = 70, LENGTH = 4 };
enum defect { SOUND, TWICE, OTHER_BYTES, INVENTED, LOST, DEFECTS };

struct many_shown {
  uint32_t count;
  uint64_t spread; /* id of key k: (k + 1) * spread */
  enum defect defect;
  uint32_t position; /* of the defect */
};

static unsigned char many_bytes[MANY * LENGTH + 1];
static uint64_t many_offset[MANY + 1];
static const struct workload_plan many_plan = {
    .key_set = {.bytes = many_bytes, .offset = many_offset, .count = MANY}};

static void make_many(void)
{
  for (unsigned key = 0; key < MANY; key++) {
    snprintf((char *)many_bytes + key * LENGTH, LENGTH + 1, "%04u", key);
    many_offset[key + 1] = many_offset[key] + LENGTH;
  }
}

static int visit_many(void *map, map_visitor *visitor, void *arg)
{
  const struct many_shown *shown = map;
  for (uint32_t key = 0; key < shown->count; key++) {
    enum defect defect = key == shown->position ? shown->defect : SOUND;
    uint64_t id = (key + 1) * shown->spread;
    const unsigned char *bytes = many_bytes + many_offset[key];
    if (defect == LOST)
      continue;
    if (!visitor(arg, defect == INVENTED ? (MANY + 1) * shown->spread : id,
                 defect == OTHER_BYTES ? (const unsigned char *)"????" : bytes, LENGTH))
      return -ECANCELED;
    if (defect == TWICE && !visitor(arg, id, bytes, LENGTH))
      return -ECANCELED;
  }
  return 0;
}

static void show_many(struct many_shown *shown)
{
  static const struct map_plugin calls = {.visit = visit_many};
  static const char *const words[DEFECTS] = {"", "twice", "other bytes", "no put was given",
                                             "are lost"};
  static struct tape_step steps[MANY]; /* without bytes: the oracle has them from the key set */
  uint64_t results[MANY];
  for (uint32_t key = 0; key < shown->count; key++) {
    steps[key] = (struct tape_step){.key = key};
    results[key] = result_word((key + 1) * shown->spread, true);
  }
  struct tape tape = {.steps = steps, .bytes = shown->count * sizeof *steps, .count = shown->count};
  struct oracle *oracle = oracle_create(&many_plan);
  assert_non_null(oracle);
  oracle_begin(oracle);
  assert_true(oracle_tape(oracle, &tape, results, 0));
  oracle_settle(oracle);
  if (oracle_map(oracle, &calls, shown) == (shown->defect == SOUND) &&
      strstr(oracle_contradiction(oracle), words[shown->defect]))
    oracle_destroy(oracle);
  else
    fail_msg("%u strings, %s at %u: '%s'", shown->count, words[shown->defect], shown->position,
             oracle_contradiction(oracle));
}

static void a_defect_is_seen_wherever_it_is_shown(void **state)
{
  (void)state;
  make_many();
  static const uint64_t spreads[] = {1, 1000003}; /* ids for a table, and too wild for one */
  for (unsigned s = 0; s < 2; s++) {
    for (uint32_t count = 1; count <= MANY; count++) {
      struct many_shown shown = {.count = count, .spread = spreads[s]};
      show_many(&shown);
      for (int defect = TWICE; defect < DEFECTS; defect++)
        for (shown.position = 0; shown.position < count; shown.position++) {
          shown.defect = (enum defect)defect;
          show_many(&shown);
        }
    }
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_right_passes),
      cmocka_unit_test(two_ids_for_one_string),
      cmocka_unit_test(two_ids_on_two_workers),
      cmocka_unit_test(added_twice),
      cmocka_unit_test(added_again_in_a_later_phase),
      cmocka_unit_test(never_added),
      cmocka_unit_test(found_but_never_put),
      cmocka_unit_test(id_zero),
      cmocka_unit_test(one_id_for_two_small),
      cmocka_unit_test(one_id_for_two_wild),
      cmocka_unit_test(wild_ids_are_ids),
      cmocka_unit_test(lookup_misses_a_settled_string),
      cmocka_unit_test(lookup_may_miss_before),
      cmocka_unit_test(visit_loses_a_string),
      cmocka_unit_test(visit_invents_a_string),
      cmocka_unit_test(visit_changes_bytes),
      cmocka_unit_test(visit_shows_twice),
      cmocka_unit_test(visit_swaps_ids),
      cmocka_unit_test(visit_fails),
      cmocka_unit_test(stolen_ids),
      cmocka_unit_test(a_stolen_id_is_shown),
      cmocka_unit_test(gaps_in_dense_ids),
      cmocka_unit_test(a_stolen_id_fills_a_gap),
      cmocka_unit_test(a_defect_is_seen_wherever_it_is_shown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
