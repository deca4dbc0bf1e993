/* chase_only_test.c: the chase of the baseline chase_only: every place of its index leads to a
 * record of its own, in random order, and an answer hangs on both loads. */
#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "api/intern_map.h"
#include "tests/contract/cmocka_includes.h"

/* Fails with a word that the mutants of chase_only must bring about. */
#define agrees(condition)                                                                          \
  do {                                                                                             \
    if (!(condition))                                                                              \
      fail_msg("DISAGREES: %s", #condition);                                                       \
  } while (0)

/* One block, which the test looks into. */
struct open_source {
  struct block_source source;
  uint64_t *words;
  size_t count;
  unsigned taken, given_back;
  bool is_dry;
};

static void *take(struct block_source *source, size_t bytes)
{
  struct open_source *self = (struct open_source *)source;
  agrees(bytes < (size_t)1 << 30);
  if (self->is_dry)
    return NULL;
  self->taken++;
  self->count = bytes / sizeof *self->words;
  self->words = aligned_alloc(4096, (bytes + 4095) & ~(size_t)4095);
  assert_non_null(self->words);
  memset(self->words, 0xa5, bytes); /* what is in a block is not specified */
  return self->words;
}

static void give_back(struct block_source *source, void *block, size_t bytes)
{
  struct open_source *self = (struct open_source *)source;
  agrees(block == self->words && bytes == self->count * sizeof *self->words);
  self->given_back++;
  free(block);
}

/* A string that is its own hash. */
static uint64_t hash_of_itself(const void *bytes, size_t n, uint64_t seed)
{
  (void)n, (void)seed;
  uint64_t hash;
  memcpy(&hash, bytes, sizeof hash);
  return hash;
}

struct rig {
  struct open_source memory;
  const struct map_plugin *calls;
  void *map;
};

static int open_rig(struct rig *rig, uint64_t expected_keys, bool is_dry)
{
  *rig = (struct rig){
      .memory = {.source = {.take = take, .give_back = give_back}, .is_dry = is_dry},
      .calls = (const struct map_plugin *)(const void *)tmb_plugin(),
  };
  const struct map_config config = {.hash = hash_of_itself,
                                    .region_config = {.source = &rig->memory.source},
                                    .expected_keys = expected_keys,
                                    .threads = 1};
  return rig->calls->create(&config, &rig->map);
}

static void close_rig(struct rig *rig)
{
  rig->calls->destroy(rig->map);
  agrees(rig->memory.taken == 1 && rig->memory.given_back == 1);
}

static uint64_t answer(const struct rig *rig, uint64_t hash)
{
  struct map_put put = rig->calls->put(rig->map, NULL, &hash, sizeof hash);
  agrees(!put.added);
  agrees(rig->calls->lookup(rig->map, NULL, &hash, sizeof hash) == put.id);
  return put.id;
}

/* Hashes enough, spread evenly, to meet each of `places` places many times. */
#define HASHES_A_PLACE 64
static uint64_t nth_hash(uint64_t i)
{
  return i * UINT64_C(0x9e3779b97f4a7c15);
}

/* A word that holds an address inside the block. */
static bool is_link(const struct rig *rig, uint64_t word)
{
  const uint64_t from = (uint64_t)(uintptr_t)rig->memory.words;
  return word >= from && word < from + rig->memory.count * sizeof word;
}

static void every_record_is_one_answer(void **state)
{
  (void)state;
  static const uint64_t sizes[] = {0, 1, 4, 5, 999, 10000};
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    struct rig rig;
    agrees(open_rig(&rig, sizes[s], false) == 0);
    size_t links = 0;
    for (size_t i = 0; i < rig.memory.count; i++)
      links += is_link(&rig, rig.memory.words[i]);
    agrees(links >= sizes[s] && links > 0 && links <= sizes[s] + 5);
    unsigned *seen = calloc(links + 1, sizeof *seen);
    assert_non_null(seen);
    for (uint64_t i = 0; i < links * HASHES_A_PLACE; i++) {
      const uint64_t id = answer(&rig, nth_hash(i));
      agrees(id >= 1 && id <= links);
      seen[id]++;
    }
    for (size_t id = 1; id <= links; id++) /* about as often as any other */
      agrees(seen[id] > HASHES_A_PLACE / 4 && seen[id] < 4 * HASHES_A_PLACE);
    free(seen);
    close_rig(&rig);
  }
}

static void links_are_a_random_permutation(void **state)
{
  (void)state;
  enum { KEYS = 10000 };
  struct rig rig;
  agrees(open_rig(&rig, KEYS, false) == 0);
  uint64_t *targets = calloc(rig.memory.count, sizeof *targets);
  bool *named = calloc(rig.memory.count, sizeof *named);
  size_t links = 0, rising = 0, near = 0;
  assert_true(targets && named);
  for (size_t i = 0; i < rig.memory.count; i++) {
    const uint64_t word = rig.memory.words[i];
    if (!is_link(&rig, word))
      continue;
    const size_t target = (size_t)(word - (uint64_t)(uintptr_t)rig.memory.words) / sizeof word;
    agrees(!named[target]);
    named[target] = true;
    targets[links] = target;
    if (links > 0) {
      rising += target > targets[links - 1];
      near += target < targets[links - 1] + 64 && targets[links - 1] < target + 64;
    }
    links++;
  }
  agrees(links >= KEYS);
  agrees(rising > links * 2 / 5 && rising < links * 3 / 5);
  agrees(near < links / 20);
  free(targets);
  free(named);
  close_rig(&rig);
}

/* Each word of the block is changed in turn: an answer must hang on one link, which the hash
 * chooses, and on one word of the record that it names. */
static void an_answer_hangs_on_both_loads(void **state)
{
  (void)state;
  struct rig rig;
  agrees(open_rig(&rig, 40, false) == 0);
  uint64_t *words = rig.memory.words;
  uint64_t other = 0; /* some record */
  for (size_t i = 0; i < rig.memory.count; i++)
    other = is_link(&rig, words[i]) ? words[i] : other;
  for (uint64_t i = 0; i < 100; i++) {
    const uint64_t hash = nth_hash(i), id = answer(&rig, hash);
    unsigned links = 0, numbers = 0;
    for (size_t w = 0; w < rig.memory.count; w++) {
      const uint64_t kept = words[w];
      const bool link = is_link(&rig, kept);
      words[w] = link ? kept == other ? other - 40 : other : kept + 1000;
      if (answer(&rig, hash) != id) {
        links += link;
        numbers += !link;
      }
      words[w] = kept;
    }
    agrees(links == 1 && numbers == 1);
  }
  close_rig(&rig);
}

static void want_of_memory_is_an_error(void **state)
{
  (void)state;
  struct rig rig;
  agrees(open_rig(&rig, 1000, true) == -ENOMEM);
  agrees(open_rig(&rig, UINT64_MAX, false) == -ENOMEM);
  agrees(rig.memory.taken == 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_record_is_one_answer),
      cmocka_unit_test(links_are_a_random_permutation),
      cmocka_unit_test(an_answer_hangs_on_both_loads),
      cmocka_unit_test(want_of_memory_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
