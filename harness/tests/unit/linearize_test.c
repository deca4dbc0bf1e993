/* linearize_test.c: the general checker against the definition of linearizability, and against
 * histories whose verdict is known by construction. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "check/linearize.h"
#include "check/replay.h"
#include "client_history.h"
#include "permutations.h"

static const struct linearize_budget ample = {LINEARIZE_STEPS, LINEARIZE_BYTES};

/* The line is what the test of the mutants looks for. */
static void fail_with(const struct history *history, const char *what)
{
  printf("DISAGREES: %s\n", what);
  history_write(history, stdout);
  fail();
}

/* The history with everything opened or dropped that is not in the core. */
static struct history *part_of(const struct history *history, const struct linearize_result *result,
                               bool open_others)
{
  struct history *part = history_create(history->model, "part");
  for (size_t i = 0; i < history->value_count; i++) { /* the same values under the same indexes */
    const struct history_scalar *value = &history->values[i];
    if (value->kind == KIND_STRING)
      history_string(part, value->bytes, value->n);
    else if (value->kind == KIND_INTEGER)
      history_integer(part, value->integer);
  }
  part->init = history->init;
  for (uint32_t i = 0; i < history->op_count; i++) {
    struct history_op op = history->ops[i];
    bool in_core = false;
    for (size_t j = 0; j < result->core_count; j++)
      in_core = in_core || result->core[j] == i;
    if (!in_core && !open_others)
      continue;
    bool refused = op.function == INTERN_PUT && op.has_result && op.id == 0;
    if (!in_core && !refused) {
      op.open = true;
      op.has_result = op.added = false;
      op.end = INT64_MAX;
      op.id = 0;
    }
    history_add(part, &op);
  }
  return part;
}

static bool has_reset(const struct history *history)
{
  for (size_t i = 0; i < history->op_count; i++)
    if (history->ops[i].function == INTERN_RESET)
      return true;
  return false;
}

static void compare(const struct history *history, unsigned *valid)
{
  bool linearizable = permutations_linearizable(history);
  struct linearize_result result = linearize(history, ample);
  *valid += linearizable;
  if (result.defect)
    fail_with(history, result.defect);
  if (result.verdict == UNKNOWN)
    fail_with(history, "no verdict");
  if (linearizable && result.verdict != LINEARIZABLE)
    fail_with(history, "accused, and is linearizable");
  if (!linearizable && result.verdict != VIOLATION)
    fail_with(history, "passed, and is a violation");
  if (!linearizable) {
    if (result.core_count == 0)
      fail_with(history, "a violation without operations");
    struct history *alone = part_of(history, &result, false);
    struct history *among = part_of(history, &result, true);
    if (permutations_linearizable(alone))
      fail_with(history, "the shrunk violation is linearizable");
    /* Opening what a reset has ended would let it happen in the next epoch. */
    if (!has_reset(history) && permutations_linearizable(among))
      fail_with(history, "what was shrunk away can explain the violation");
    history_destroy(alone);
    history_destroy(among);
  }
  linearize_result_fini(&result);
}

static void compare_many(struct random_shape shape, uint64_t seed, unsigned count)
{
  struct chance chance = {seed};
  unsigned valid = 0, longest = shape.ops_max;
  for (unsigned i = 0; i < count; i++) {
    shape.ops_max = i % 4 ? longest - 2 : longest;
    shape.keys = 1 + (unsigned)chance_below(&chance, shape.often_open ? 1 : 3);
    shape.values = 1 + (unsigned)chance_below(&chance, 3);
    struct history *history = random_history(&chance, shape);
    compare(history, &valid);
    history_destroy(history);
  }
  printf("%s: %u of %u random histories are linearizable\n", history_model_name(shape.model), valid,
         count);
  assert_true(valid > count / 5 && valid < count - count / 5);
}

enum { COMPARISONS = 40000 };

static void register_agrees(void **state)
{
  (void)state;
  compare_many((struct random_shape){.model = MODEL_REGISTER, .ops_max = 8}, 1, COMPARISONS);
}

/* What is open is where most of the search's cuts are. */
static void open_operations_agree(void **state)
{
  (void)state;
  struct random_shape shape = {.model = MODEL_REGISTER, .ops_max = 9, .often_open = true};
  compare_many(shape, 5, COMPARISONS);
  shape.model = MODEL_KV;
  compare_many(shape, 6, COMPARISONS);
}

static void kv_agrees(void **state)
{
  (void)state;
  compare_many((struct random_shape){.model = MODEL_KV, .ops_max = 8}, 2, COMPARISONS);
}

static void set_agrees(void **state)
{
  (void)state;
  compare_many((struct random_shape){.model = MODEL_SET, .ops_max = 8}, 3, COMPARISONS);
}

static void intern_agrees(void **state)
{
  (void)state;
  compare_many((struct random_shape){.model = MODEL_INTERN, .ops_max = 8}, 4, COMPARISONS);
}

/* A register operation of process p, in [call, end]; end < 0: open. */
static void add(struct history *history, enum history_function function, int64_t from, int64_t to,
                int64_t call, int64_t end, int64_t result)
{
  struct history_op op = history_op_of(function);
  op.number = (int64_t)history->op_count;
  op.process = history_integer(history, op.number);
  op.call = call;
  if (function != REGISTER_READ)
    op.args[0] = history_integer(history, from);
  if (function == REGISTER_CAS)
    op.args[1] = history_integer(history, to);
  if (end >= 0) {
    op.end = end;
    op.open = false;
    op.has_result = function != REGISTER_WRITE;
    op.result = function == REGISTER_READ ? history_integer(history, result)
                : result                  ? VALUE_TRUE
                                          : VALUE_FALSE;
  }
  history_add(history, &op);
}

static enum linearize_verdict verdict_of(const struct history *history)
{
  struct linearize_result result = linearize(history, ample);
  assert_null(result.defect);
  linearize_result_fini(&result);
  return result.verdict;
}

static void an_open_write_may_have_happened_or_not(void **state)
{
  (void)state;
  struct history *history = history_create(MODEL_REGISTER, "");
  add(history, REGISTER_WRITE, 1, 0, 0, 10, 0);
  add(history, REGISTER_WRITE, 2, 0, 20, -1, 0);
  add(history, REGISTER_READ, 0, 0, 30, 40, 1);
  assert_int_equal(verdict_of(history), LINEARIZABLE);
  add(history, REGISTER_READ, 0, 0, 50, 60, 2);
  assert_int_equal(verdict_of(history), LINEARIZABLE);
  add(history, REGISTER_READ, 0, 0, 70, 80, 1);
  assert_int_equal(verdict_of(history), VIOLATION);
  history_destroy(history);
}

static void equal_times_are_concurrent(void **state)
{
  (void)state;
  for (int64_t call = 9; call <= 11; call++) {
    struct history *history = history_create(MODEL_REGISTER, "");
    add(history, REGISTER_READ, 0, 0, 0, 10, 1);
    add(history, REGISTER_WRITE, 1, 0, call, 20, 0);
    assert_int_equal(verdict_of(history), call <= 10 ? LINEARIZABLE : VIOLATION);
    history_destroy(history);
  }
}

static void a_failed_cas_tells_what_the_value_was_not(void **state)
{
  (void)state;
  struct history *history = history_create(MODEL_REGISTER, "");
  add(history, REGISTER_WRITE, 1, 0, 0, 10, 0);
  add(history, REGISTER_CAS, 2, 3, 20, 30, false);
  assert_int_equal(verdict_of(history), LINEARIZABLE);
  add(history, REGISTER_CAS, 1, 3, 40, 50, false);
  assert_int_equal(verdict_of(history), VIOLATION);
  history_destroy(history);
}

/* Writes of distinct values, all concurrent, then reads in an order that needs one of them to come
 * twice: every subset has to be looked at. */
static struct history *hard_history(int64_t writes)
{
  struct history *history = history_create(MODEL_REGISTER, "");
  for (int64_t i = 0; i < writes; i++)
    add(history, REGISTER_WRITE, i, 0, 0, 1000, 0);
  for (int64_t i = 0; i < 3; i++)
    add(history, REGISTER_READ, 0, 0, 10 + 20 * i, 20 + 20 * i, i % 2);
  return history;
}

static void what_takes_too_long_is_unknown(void **state)
{
  (void)state;
  struct history *history = hard_history(12);
  struct linearize_result result = linearize(history, ample);
  assert_int_equal(result.verdict, VIOLATION);
  assert_true(result.core_count <= 5); /* two writes and three reads */
  linearize_result_fini(&result);

  result = linearize(history, (struct linearize_budget){100, LINEARIZE_BYTES});
  assert_int_equal(result.verdict, UNKNOWN);
  assert_non_null(strstr(result.reason, "--budget"));
  linearize_result_fini(&result);

  result = linearize(history, (struct linearize_budget){LINEARIZE_STEPS, 20000});
  assert_int_equal(result.verdict, UNKNOWN);
  assert_non_null(strstr(result.reason, "memory"));
  linearize_result_fini(&result);
  history_destroy(history);
}

static void a_violation_is_shrunk_to_what_proves_it(void **state)
{
  (void)state;
  struct history *history = history_create(MODEL_REGISTER, "");
  for (int64_t i = 0; i < 40; i++) {
    add(history, REGISTER_WRITE, i, 0, 100 * i, 100 * i + 10, 0);
    add(history, REGISTER_READ, 0, 0, 100 * i + 20, 100 * i + 30, i == 30 ? 29 : i);
  }
  struct linearize_result result = linearize(history, ample);
  assert_int_equal(result.verdict, VIOLATION);
  /* write(29), write(30) and the read that returned 29 after it. The write of 29 must stay: without
   * it, a read of 29 would be wrong for another reason. */
  assert_int_equal(result.core_count, 3);
  assert_int_equal(result.core[0], 58);
  assert_int_equal(result.core[1], 60);
  assert_int_equal(result.core[2], 61);
  assert_int_equal(result.stuck, 61);
  assert_int_equal(result.order_count, 2);
  linearize_result_fini(&result);
  history_destroy(history);
}

static void histories_of_clients_have_their_verdict(void **state)
{
  (void)state;
  struct chance chance = {7};
  for (unsigned i = 0; i < 200; i++) {
    bool stale = i % 2;
    struct history *history = client_register(&chance, 90, 25, stale);
    struct history_error error;
    assert_true(history_validate(history, "clients", &error));
    struct linearize_result result = linearize(history, ample);
    if (result.defect || result.verdict != (stale ? VIOLATION : LINEARIZABLE))
      fail_with(history, "a history of clients has the wrong verdict");
    if (stale)
      assert_int_equal(result.core_count, 1); /* the read of what was never written */
    linearize_result_fini(&result);
    history_destroy(history);
  }
}

static void texts_of_clients_have_their_verdict(void **state)
{
  (void)state;
  struct chance chance = {9};
  for (unsigned i = 0; i < 20; i++) {
    bool stale = i % 2;
    struct history *history = client_kv(&chance, 1000, 10, 10, stale);
    struct history_error error;
    assert_true(history_validate(history, "clients", &error));
    struct linearize_result result = linearize(history, ample);
    if (result.defect || result.verdict != (stale ? VIOLATION : LINEARIZABLE))
      fail_with(history, "a history of clients has the wrong verdict");
    linearize_result_fini(&result);
    history_destroy(history);
  }
}

static void long_histories_take_time_in_proportion(void **state)
{
  (void)state;
  struct chance chance = {8};
  struct history *history = client_register(&chance, 100000, 100, false);
  struct linearize_result result = linearize(history, ample);
  assert_int_equal(result.verdict, LINEARIZABLE);
  assert_null(result.defect);
  assert_true(result.steps < 100 * history->op_count);
  linearize_result_fini(&result);
  history_destroy(history);
}

static void replay_refuses_what_is_no_linearization(void **state)
{
  (void)state;
  struct history *history = history_create(MODEL_REGISTER, "");
  add(history, REGISTER_WRITE, 1, 0, 0, 10, 0);
  add(history, REGISTER_READ, 0, 0, 5, 20, 1);
  add(history, REGISTER_WRITE, 2, 0, 30, 40, 0);
  assert_null(replay(history, (const uint32_t[]){0, 1, 2}, 3));
  assert_non_null(replay(history, (const uint32_t[]){1, 0, 2}, 3)); /* the result does not fit */
  assert_non_null(replay(history, (const uint32_t[]){2, 0, 1}, 3)); /* against time */
  assert_non_null(replay(history, (const uint32_t[]){0, 1}, 2));    /* one is left out */
  assert_non_null(replay(history, (const uint32_t[]){0, 1, 1}, 3));
  assert_non_null(replay(history, (const uint32_t[]){0, 1, 3}, 3));
  history_destroy(history);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(register_agrees),
      cmocka_unit_test(open_operations_agree),
      cmocka_unit_test(kv_agrees),
      cmocka_unit_test(set_agrees),
      cmocka_unit_test(intern_agrees),
      cmocka_unit_test(an_open_write_may_have_happened_or_not),
      cmocka_unit_test(equal_times_are_concurrent),
      cmocka_unit_test(a_failed_cas_tells_what_the_value_was_not),
      cmocka_unit_test(what_takes_too_long_is_unknown),
      cmocka_unit_test(a_violation_is_shrunk_to_what_proves_it),
      cmocka_unit_test(histories_of_clients_have_their_verdict),
      cmocka_unit_test(texts_of_clients_have_their_verdict),
      cmocka_unit_test(long_histories_take_time_in_proportion),
      cmocka_unit_test(replay_refuses_what_is_no_linearization),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
