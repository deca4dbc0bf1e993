/* stress_judge_test.c: journals that are right pass, and each kind of wrong one is contradicted
 * where it belongs: interning, dense ids or ordered ids. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stress/judge.h"

static const uint64_t offset[] = {0, 1, 2, 3};
static const struct epoch epoch = {
    .shape = {.threads = 2, .keys = 3},
    .memory.plan = {
        .key_set = {.bytes = (const unsigned char *)"abc", .offset = offset, .count = 3},
        .threads = 2}};
/* Without visit and stats, so the journals alone are judged. */
static const struct map_plugin map;

#define PUT(k, i, a, c, e)                                                                         \
  {                                                                                                \
    .key = (k), .operation = JOURNAL_PUT, .added = (a), .id = (i), .call_ns = (c), .end_ns = (e)   \
  }
#define LOOKUP(k, i, c, e)                                                                         \
  {                                                                                                \
    .key = (k), .operation = JOURNAL_LOOKUP, .id = (i), .call_ns = (c), .end_ns = (e)              \
  }
#define STEAL(i, c, e)                                                                             \
  {                                                                                                \
    .operation = JOURNAL_STEAL, .id = (i), .call_ns = (c), .end_ns = (e)                           \
  }

static struct judgement judge(struct journal_entry *left, size_t left_count,
                              struct journal_entry *right, size_t right_count,
                              enum refusals refusals)
{
  struct journal one = {left, left_count, left_count}, two = {right, right_count, right_count};
  const struct journal *journals[] = {&one, &two};
  struct judgement judgement;
  assert_true(judge_play(&epoch, &map, NULL, journals, 2, refusals, &judgement));
  return judgement;
}

#define JUDGE(left, right)                                                                         \
  judge((left), sizeof(left) / sizeof *(left), (right), sizeof(right) / sizeof *(right),           \
        REFUSALS_ARE_WRONG)

static void right_ones_pass(void **state)
{
  (void)state;
  struct journal_entry left[] = {PUT(0, 1, true, 1000, 2000), STEAL(2, 3000, 4000),
                                 LOOKUP(1, 0, 5000, 6000)};
  struct journal_entry right[] = {PUT(0, 1, false, 1500, 2500), PUT(1, 3, true, 9000, 9500)};
  struct judgement judgement = JUDGE(left, right);
  assert_string_equal(judgement.interning, "");
  assert_string_equal(judgement.dense_ids, "");
  assert_string_equal(judgement.ordered_ids, "");
}

static void two_ids_contradict(void **state)
{
  (void)state;
  struct journal_entry left[] = {PUT(0, 1, true, 1000, 2000)};
  struct journal_entry right[] = {PUT(0, 2, false, 1500, 2500)};
  assert_non_null(strstr(JUDGE(left, right).interning, "two ids"));
}

static void a_late_miss_contradicts(void **state)
{
  (void)state;
  /* The oracle, which knows no time, lets this pass. */
  struct journal_entry left[] = {PUT(0, 1, true, 1000, 2000)};
  struct journal_entry right[] = {LOOKUP(0, 0, 50000, 60000)};
  assert_non_null(strstr(JUDGE(left, right).interning, "missed after"));
}

static void a_gap_is_not_dense(void **state)
{
  (void)state;
  struct journal_entry left[] = {PUT(0, 1, true, 1000, 2000)};
  struct journal_entry right[] = {PUT(1, 3, true, 50000, 60000)};
  struct judgement judgement = JUDGE(left, right);
  assert_string_equal(judgement.interning, "");
  assert_non_null(strstr(judgement.dense_ids, "dense"));
  assert_string_equal(judgement.ordered_ids, "");
}

static void a_smaller_id_later_is_out_of_order(void **state)
{
  (void)state;
  struct journal_entry left[] = {PUT(0, 2, true, 1000, 2000)};
  struct journal_entry right[] = {PUT(1, 1, true, 50000, 60000)};
  struct judgement judgement = JUDGE(left, right);
  assert_string_equal(judgement.interning, "");
  assert_string_equal(judgement.dense_ids, "");
  assert_non_null(strstr(judgement.ordered_ids, "smaller"));
}

static void overlapping_puts_are_in_any_order(void **state)
{
  (void)state;
  struct journal_entry left[] = {PUT(0, 2, true, 1000, 2000)};
  struct journal_entry right[] = {PUT(1, 1, true, 1500, 60000)};
  assert_string_equal(JUDGE(left, right).ordered_ids, "");
}

static void a_refusal_is_wrong_unless_expected(void **state)
{
  (void)state;
  struct journal_entry left[] = {PUT(0, 1, true, 1000, 2000)};
  struct journal_entry right[] = {PUT(1, 0, false, 1500, 2500)};
  assert_non_null(strstr(JUDGE(left, right).interning, "refused"));
  assert_string_equal(judge(left, 1, right, 1, REFUSALS_ARE_EXPECTED).interning, "");
  right[0].added = true; /* no id, but added: never right */
  assert_string_not_equal(judge(left, 1, right, 1, REFUSALS_ARE_EXPECTED).interning, "");
}

static void a_stolen_id_must_stay_unused(void **state)
{
  (void)state;
  struct journal_entry left[] = {PUT(0, 1, true, 1000, 2000)};
  struct journal_entry right[] = {STEAL(1, 3000, 4000)};
  assert_non_null(strstr(JUDGE(left, right).interning, "stolen id 1"));
}

static int visit_wrongly(void *arg, map_visitor *visitor, void *visitor_arg)
{
  (void)arg;
  return visitor(visitor_arg, 1, "x", 1) ? 0 : -ECANCELED;
}

static void count_too_many(void *arg, struct map_stats *stats)
{
  (void)arg;
  stats->keys = 2;
}

static void the_map_itself_is_asked(void **state)
{
  (void)state;
  struct journal_entry entries[] = {PUT(0, 1, true, 1000, 2000)};
  struct journal one = {entries, 1, 1};
  const struct journal *journals[] = {&one};
  struct judgement judgement;
  const struct map_plugin other_bytes = {.visit = visit_wrongly};
  assert_true(judge_play(&epoch, &other_bytes, NULL, journals, 1, REFUSALS_ARE_WRONG, &judgement));
  assert_non_null(strstr(judgement.interning, "other bytes"));
  const struct map_plugin other_count = {.stats = count_too_many};
  assert_true(judge_play(&epoch, &other_count, NULL, journals, 1, REFUSALS_ARE_WRONG, &judgement));
  assert_non_null(strstr(judgement.interning, "stats counts 2"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(right_ones_pass),
      cmocka_unit_test(two_ids_contradict),
      cmocka_unit_test(a_late_miss_contradicts),
      cmocka_unit_test(a_gap_is_not_dense),
      cmocka_unit_test(a_smaller_id_later_is_out_of_order),
      cmocka_unit_test(overlapping_puts_are_in_any_order),
      cmocka_unit_test(a_refusal_is_wrong_unless_expected),
      cmocka_unit_test(a_stolen_id_must_stay_unused),
      cmocka_unit_test(the_map_itself_is_asked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
