/* stress_epoch_test.c: an epoch's keys are distinct and inside its limits, and the same seed gives
 * the same tapes: what makes a printed command repeat a failure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stress/epoch.h"

#define EPOCHS 60
#define THREADS 5

struct span {
  const unsigned char *bytes;
  size_t n;
};

static int compare_spans(const void *a, const void *b)
{
  const struct span *left = a, *right = b;
  size_t n = left->n < right->n ? left->n : right->n;
  int order = memcmp(left->bytes, right->bytes, n);
  return order ? order : (left->n > right->n) - (left->n < right->n);
}

static bool keys_are_distinct(const struct key_set *keys)
{
  struct span *spans = calloc(keys->count, sizeof *spans);
  assert_non_null(spans);
  for (uint64_t i = 0; i < keys->count; i++)
    spans[i] = (struct span){keys->bytes + keys->offset[i],
                             (size_t)(keys->offset[i + 1] - keys->offset[i])};
  qsort(spans, keys->count, sizeof *spans, compare_spans);
  bool distinct = true;
  for (uint64_t i = 1; i < keys->count; i++)
    distinct = distinct && compare_spans(&spans[i - 1], &spans[i]) != 0;
  free(spans);
  return distinct;
}

static void make(struct epoch *epoch, uint64_t seed, uint64_t number)
{
  struct draw draw = draw_from(seed, "mix", number);
  struct epoch_shape shape = epoch_shape_draw(&draw, THREADS);
  assert_true(epoch_init(epoch, &shape, &draw));
}

static void keys_are_sound(void **state)
{
  (void)state;
  for (uint64_t number = 0; number < EPOCHS; number++) {
    struct epoch epoch;
    make(&epoch, 1, number);
    const struct key_set *keys = &epoch.memory.plan.key_set;
    assert_int_equal(keys->count, epoch.shape.keys);
    assert_in_range(epoch.shape.threads, 1, THREADS);
    assert_true(keys_are_distinct(keys));
    for (uint64_t i = 0; i < keys->count; i++)
      assert_true(keys->offset[i + 1] > keys->offset[i]);
    epoch_fini(&epoch);
  }
}

static void nested_keys_begin_with_one_another(void **state)
{
  (void)state;
  struct draw draw = draw_from(1, "collisions", 0);
  struct epoch_shape shape = epoch_shape_draw(&draw, THREADS);
  shape.nested = true;
  shape.keys = shape.steps = 60;
  struct epoch epoch;
  assert_true(epoch_init(&epoch, &shape, &draw));
  const struct key_set *keys = &epoch.memory.plan.key_set;
  assert_int_equal(keys->count, 60);
  assert_true(keys_are_distinct(keys));
  for (uint64_t i = 0; i < keys->count; i++) {
    assert_int_equal(keys->offset[i + 1] - keys->offset[i], i + 1);
    assert_memory_equal(keys->bytes + keys->offset[i], keys->bytes + keys->offset[59], i + 1);
  }
  epoch_fini(&epoch);
}

static void equal_keys_are_noticed(void **state)
{
  (void)state;
  const uint64_t offset[] = {0, 2, 4};
  const struct key_set keys = {
      .bytes = (const unsigned char *)"abab", .offset = offset, .count = 2};
  assert_false(keys_are_distinct(&keys));
}

static void tapes_name_the_bytes_of_their_keys(void **state)
{
  (void)state;
  struct epoch epoch;
  make(&epoch, 2, 0);
  const struct key_set *keys = &epoch.memory.plan.key_set;
  for (unsigned t = 0; t < epoch.shape.threads; t++) {
    const struct tape *tape = epoch_tape(&epoch, epoch.shape.rounds - 1, t);
    const struct tape_step *step = tape->steps;
    for (uint64_t i = 0; i < tape->count; i++, step = tape_next(step)) {
      assert_in_range(step->key, 0, keys->count - 1);
      assert_int_equal(step->length, keys->offset[step->key + 1] - keys->offset[step->key]);
      assert_memory_equal(tape_key(step), keys->bytes + keys->offset[step->key], step->length);
    }
    assert_ptr_equal((const char *)step, (const char *)tape->steps + tape->bytes);
  }
  epoch_fini(&epoch);
}

static bool same_tapes(const struct epoch *a, const struct epoch *b)
{
  if (a->shape.threads != b->shape.threads || a->shape.rounds != b->shape.rounds)
    return false;
  bool same = true;
  for (unsigned r = 0; r < a->shape.rounds; r++)
    for (unsigned t = 0; t < a->shape.threads; t++) {
      const struct tape *left = epoch_tape(a, r, t), *right = epoch_tape(b, r, t);
      same = same && left->bytes == right->bytes &&
             memcmp(left->steps, right->steps, left->bytes) == 0;
    }
  return same;
}

static void a_seed_gives_the_same_tapes(void **state)
{
  (void)state;
  for (uint64_t number = 0; number < 5; number++) {
    struct epoch one, again, other_seed, next;
    make(&one, 3, number);
    make(&again, 3, number);
    make(&other_seed, 4, number);
    make(&next, 3, number + 1);
    assert_true(same_tapes(&one, &again));
    assert_false(same_tapes(&one, &other_seed));
    assert_false(same_tapes(&one, &next));
    epoch_fini(&one);
    epoch_fini(&again);
    epoch_fini(&other_seed);
    epoch_fini(&next);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keys_are_sound),
      cmocka_unit_test(nested_keys_begin_with_one_another),
      cmocka_unit_test(equal_keys_are_noticed),
      cmocka_unit_test(tapes_name_the_bytes_of_their_keys),
      cmocka_unit_test(a_seed_gives_the_same_tapes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
