/* intern_check_test.c: the linear-time interning check against the definition of linearizability on
 * 200,000 random histories, summaries split over threads and merged in any order; and each verdict
 * by an example. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "check/intern_check.h"
#include "check/intern_history.h"
#include "permutations.h"

enum { KEYS = 16, THREADS = 3 };

/* The line is what the test of the mutants looks for. */
static void fail_with(const struct history *history, const char *what)
{
  printf("DISAGREES: %s\n", what);
  history_write(history, stdout);
  fail();
}

static void record(struct intern_summary *summary, const struct history_op *op, bool empty)
{
  if (empty) /* is never interned, and the harness does not record it */
    return;
  if (op->function == INTERN_PUT && op->open)
    intern_summary_open_put(summary, op->key, op->call);
  else if (op->function == INTERN_PUT)
    intern_summary_put(summary, op->key, op->id, op->added, op->call, op->end);
  else if (op->function == INTERN_LOOKUP && !op->open)
    intern_summary_lookup(summary, op->key, op->id, op->call, op->end);
  else if (op->function == INTERN_STEAL_ID && op->open)
    intern_summary_open_steal(summary, op->call);
  else if (op->function == INTERN_STEAL_ID)
    intern_summary_steal(summary, op->id, op->call, op->end);
}

/* The operations of random_history stand in the order of their moments: a reset ends an epoch. */
static struct intern_certificate check_split(struct chance *chance, const struct history *history,
                                             unsigned promises)
{
  uint32_t keys = (uint32_t)history->value_count;
  struct intern_check *check = intern_check_create(keys, promises);
  struct intern_summary summaries[THREADS];
  for (uint32_t thread = 0; thread < THREADS; thread++)
    intern_summary_init(&summaries[thread], keys, thread);
  for (size_t i = 0; i <= history->op_count; i++) {
    const struct history_op *op = i < history->op_count ? &history->ops[i] : NULL;
    if (op && op->function != INTERN_RESET) {
      bool empty = op->key != VALUE_ABSENT && history->values[op->key].n == 0;
      record(&summaries[chance_below(chance, THREADS)], op, empty);
      continue;
    }
    uint64_t first = chance_below(chance, THREADS);
    for (uint32_t thread = 0; thread < THREADS; thread++)
      intern_check_merge(check, &summaries[(first + thread) % THREADS]);
    if (op)
      intern_check_reset(check, op->call, op->end);
  }
  struct intern_certificate certificate = intern_check_finish(check);
  for (uint32_t thread = 0; thread < THREADS; thread++)
    intern_summary_fini(&summaries[thread]);
  intern_check_destroy(check);
  return certificate;
}

/* The certificate's operations are operations of the history. */
static void certificate_is_of(const struct history *history,
                              const struct intern_certificate *certificate)
{
  if (certificate->op_count < 1)
    fail_with(history, "a violation without operations");
  for (uint32_t i = 0; i < certificate->op_count; i++) {
    const struct intern_op *op = &certificate->ops[i];
    bool found = false;
    for (size_t j = 0; j < history->op_count; j++) {
      const struct history_op *other = &history->ops[j];
      bool keyed = op->kind != INTERN_STOLE;
      found = found || (other->call == op->call && other->end == op->end && other->id == op->id &&
                        (!keyed || other->key == op->key));
    }
    if (!found && op->kind != INTERN_OPEN_PUT)
      fail_with(history, "the certificate names an operation that there is not");
  }
}

/* An id for the empty key contradicts the model, and is not recorded. */
static bool misuses_empty_key(const struct history *history)
{
  for (size_t i = 0; i < history->op_count; i++) {
    const struct history_op *op = &history->ops[i];
    if (op->key != VALUE_ABSENT && history->values[op->key].n == 0 && (op->id || op->added))
      return true;
  }
  return false;
}

static void agrees_with_the_definition(void **state)
{
  (void)state;
  enum { COUNT = 200000 };
  struct chance chance = {11};
  unsigned valid = 0, compared = 0, resets = 0, open = 0;
  while (compared < COUNT) {
    struct random_shape shape = {.model = MODEL_INTERN,
                                 .ops_max = 7,
                                 .keys = 1 + (unsigned)chance_below(&chance, 2),
                                 .values = 1,
                                 .quiet_resets = true};
    struct history *history = random_history(&chance, shape);
    if (misuses_empty_key(history)) {
      history_destroy(history);
      continue;
    }
    compared++;
    for (size_t i = 0; i < history->op_count; i++) {
      resets += history->ops[i].function == INTERN_RESET;
      open += history->ops[i].open;
    }
    bool linearizable = permutations_linearizable(history);
    struct intern_certificate certificate = check_split(&chance, history, 0);
    valid += linearizable;
    if (linearizable && certificate.verdict != INTERN_LINEARIZABLE)
      fail_with(history, "accused, and is linearizable");
    if (!linearizable && certificate.verdict == INTERN_LINEARIZABLE)
      fail_with(history, "passed, and is a violation");
    if (!linearizable)
      certificate_is_of(history, &certificate);
    if (!intern_history_check(history, &certificate) ||
        (certificate.verdict == INTERN_LINEARIZABLE) != linearizable)
      fail_with(history, "the check of a written history differs");
    history_destroy(history);
  }
  printf("intern: %u of %u random histories are linearizable; %u resets, %u open operations\n",
         valid, compared, resets, open);
  assert_true(valid > compared / 5 && valid < compared - compared / 5);
  assert_true(resets > compared / 10 && open > compared / 10);
}

/* By the definitions in intern_map.h, on a linearizable history without resets. */
static bool ids_are_dense(const struct history *history)
{
  uint64_t distinct = 0, largest = 0, unseen = 0;
  for (size_t i = 0; i < history->op_count; i++) {
    const struct history_op *op = &history->ops[i];
    bool first = true, key_has_id = false, key_opened_before = false;
    for (size_t j = 0; j < history->op_count; j++) {
      const struct history_op *other = &history->ops[j];
      first = first && !(j < i && other->id == op->id);
      key_has_id = key_has_id || (other->key == op->key && other->id);
      key_opened_before = key_opened_before || (j < i && other->key == op->key && other->open &&
                                                other->function == INTERN_PUT);
    }
    distinct += op->id && first;
    if (op->id > largest)
      largest = op->id;
    bool empty = op->key != VALUE_ABSENT && history->values[op->key].n == 0;
    if (op->open && op->function == INTERN_STEAL_ID)
      unseen++;
    if (op->open && op->function == INTERN_PUT && !empty && !key_has_id && !key_opened_before)
      unseen++;
  }
  return largest <= distinct + unseen;
}

static bool may_have_added(const struct history *history, size_t i)
{
  const struct history_op *op = &history->ops[i];
  if (op->function != INTERN_PUT)
    return false;
  if (!op->open)
    return op->added;
  for (size_t j = 0; j < history->op_count; j++)
    if (history->ops[j].key == op->key && history->ops[j].added)
      return false;
  return true;
}

static uint64_t id_of_key(const struct history *history, history_value key)
{
  for (size_t i = 0; i < history->op_count; i++)
    if (history->ops[i].key == key && history->ops[i].id)
      return history->ops[i].id;
  return 0;
}

static bool ids_are_ordered(const struct history *history)
{
  for (size_t i = 0; i < history->op_count; i++) {
    const struct history_op *op = &history->ops[i];
    uint64_t id = op->key == VALUE_ABSENT ? 0 : id_of_key(history, op->key);
    if (!id || !may_have_added(history, i))
      continue;
    /* One of the puts that may have added the key is not called after a larger id was returned. */
    bool excused = false;
    for (size_t j = 0; j < history->op_count; j++) {
      if (history->ops[j].key != op->key || !may_have_added(history, j))
        continue;
      bool late = false;
      for (size_t k = 0; k < history->op_count; k++)
        late = late || (history->ops[k].added && history->ops[k].end < history->ops[j].call &&
                        history->ops[k].id > id);
      excused = excused || !late;
    }
    if (!excused)
      return false;
  }
  return true;
}

static void promises_are_checked(void **state)
{
  (void)state;
  struct chance chance = {12};
  unsigned compared = 0, gaps = 0, disorders = 0;
  while (compared < 20000) {
    struct random_shape shape = {
        .model = MODEL_INTERN, .ops_max = 7, .keys = 4, .values = 1, .quiet_resets = true};
    struct history *history = random_history(&chance, shape);
    bool resets = false;
    for (size_t i = 0; i < history->op_count; i++)
      resets = resets || history->ops[i].function == INTERN_RESET;
    if (!resets && !misuses_empty_key(history) && permutations_linearizable(history)) {
      compared++;
      bool dense = ids_are_dense(history), ordered = ids_are_ordered(history);
      gaps += !dense;
      disorders += !ordered;
      enum intern_verdict verdict = check_split(&chance, history, INTERN_DENSE_IDS).verdict;
      if (verdict != (dense ? INTERN_LINEARIZABLE : INTERN_GAP_IN_IDS))
        fail_with(history, "dense ids misjudged");
      verdict = check_split(&chance, history, INTERN_ORDERED_IDS).verdict;
      if (verdict != (ordered ? INTERN_LINEARIZABLE : INTERN_IDS_OUT_OF_ORDER))
        fail_with(history, "the order of ids misjudged");
    }
    history_destroy(history);
  }
  printf("%u histories, %u with gaps, %u out of order\n", compared, gaps, disorders);
  assert_true(gaps > compared / 20 && gaps < compared - compared / 20);
  assert_true(disorders > compared / 50 && disorders < compared - compared / 20);
}

/* One thread's summary, judged. */
static struct intern_certificate judge(struct intern_summary *summary)
{
  struct intern_check *check = intern_check_create(KEYS, 0);
  intern_check_merge(check, summary);
  struct intern_certificate certificate = intern_check_finish(check);
  intern_check_destroy(check);
  intern_summary_fini(summary);
  return certificate;
}

static struct intern_summary new_summary(void)
{
  struct intern_summary summary;
  intern_summary_init(&summary, KEYS, 5);
  return summary;
}

static void each_verdict_has_its_certificate(void **state)
{
  (void)state;
  struct intern_summary summary = new_summary();
  intern_summary_put(&summary, 3, 7, true, 10, 20);
  intern_summary_lookup(&summary, 3, 0, 21, 30);
  struct intern_certificate certificate = judge(&summary);
  assert_int_equal(certificate.verdict, INTERN_MISSED_TOO_LATE);
  char text[512];
  intern_certificate_print(&certificate, NULL, NULL, text, sizeof text);
  assert_string_equal(text, "missed after the put that added it had returned\n"
                            "  thread 5: put added key 3 as id 7, from 10 to 20\n"
                            "  thread 5: lookup missed key 3, from 21 to 30");

  summary = new_summary();
  intern_summary_put(&summary, 3, 7, true, 10, 20);
  intern_summary_lookup(&summary, 3, 0, 20, 30); /* equal times are concurrent */
  assert_int_equal(judge(&summary).verdict, INTERN_LINEARIZABLE);

  summary = new_summary();
  intern_summary_lookup(&summary, 3, 7, 0, 9);
  intern_summary_put(&summary, 3, 7, true, 10, 20);
  assert_int_equal(judge(&summary).verdict, INTERN_FOUND_TOO_EARLY);

  summary = new_summary();
  intern_summary_put(&summary, 3, 7, true, 0, 90);
  intern_summary_lookup(&summary, 3, 7, 10, 20);
  intern_summary_lookup(&summary, 3, 0, 30, 40);
  certificate = judge(&summary);
  assert_int_equal(certificate.verdict, INTERN_LOST);
  assert_int_equal(certificate.op_count, 3);

  summary = new_summary();
  intern_summary_lookup(&summary, 3, 7, 10, 20);
  assert_int_equal(judge(&summary).verdict, INTERN_NEVER_ADDED);

  summary = new_summary();
  intern_summary_lookup(&summary, 3, 7, 10, 20);
  intern_summary_open_put(&summary, 3, 20);
  assert_int_equal(judge(&summary).verdict, INTERN_LINEARIZABLE);

  summary = new_summary();
  intern_summary_put(&summary, 3, 7, true, 10, 20);
  intern_summary_put(&summary, 3, 7, true, 10, 20);
  assert_int_equal(judge(&summary).verdict, INTERN_ADDED_TWICE);

  summary = new_summary();
  intern_summary_put(&summary, 3, 7, true, 10, 20);
  intern_summary_put(&summary, 3, 8, false, 30, 40);
  assert_int_equal(judge(&summary).verdict, INTERN_TWO_IDS);

  summary = new_summary();
  intern_summary_put(&summary, 3, 7, true, 10, 20);
  intern_summary_put(&summary, 4, 7, true, 30, 40);
  assert_int_equal(judge(&summary).verdict, INTERN_SHARED_ID);

  summary = new_summary();
  intern_summary_put(&summary, 3, 7, true, 10, 20);
  intern_summary_steal(&summary, 7, 30, 40);
  assert_int_equal(judge(&summary).verdict, INTERN_SHARED_ID);

  summary = new_summary();
  intern_summary_put(&summary, 3, 0, true, 10, 20);
  assert_int_equal(judge(&summary).verdict, INTERN_ZERO_ID);

  summary = new_summary();
  intern_summary_put(&summary, 3, 0, false, 10, 20); /* refused: says nothing */
  assert_int_equal(judge(&summary).verdict, INTERN_LINEARIZABLE);
}

static void errors_of_the_harness_are_told_apart(void **state)
{
  (void)state;
  struct intern_summary summary = new_summary();
  intern_summary_put(&summary, 3, 7, true, 20, 10);
  assert_int_equal(judge(&summary).verdict, INTERN_ENDS_BEFORE_ITS_CALL);

  /* Ends at 20; the reset is called at `call`; the next operation is called at `next`. */
  for (int64_t call = 19; call <= 20; call++)
    for (int64_t next = 29; next <= 30; next++) {
      struct intern_check *check = intern_check_create(KEYS, 0);
      summary = new_summary();
      intern_summary_put(&summary, 3, 7, true, 10, 20);
      intern_check_merge(check, &summary);
      intern_check_reset(check, call, 30);
      intern_summary_put(&summary, 3, 1, true, next, 50);
      intern_check_merge(check, &summary);
      struct intern_certificate certificate = intern_check_finish(check);
      bool overlaps = call < 20 || next < 30;
      assert_int_equal(certificate.verdict,
                       overlaps ? INTERN_RESET_OVERLAPPED : INTERN_LINEARIZABLE);
      assert_int_equal(intern_verdict_blames_harness(certificate.verdict), overlaps);
      intern_check_destroy(check);
      intern_summary_fini(&summary);
    }

  /* An open operation overlaps every reset after it. */
  struct intern_check *check = intern_check_create(KEYS, 0);
  summary = new_summary();
  intern_summary_open_put(&summary, 3, 10);
  intern_check_merge(check, &summary);
  intern_check_reset(check, 20, 30);
  assert_int_equal(intern_check_finish(check).verdict, INTERN_RESET_OVERLAPPED);
  intern_check_destroy(check);
  intern_summary_fini(&summary);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(agrees_with_the_definition),
      cmocka_unit_test(promises_are_checked),
      cmocka_unit_test(each_verdict_has_its_certificate),
      cmocka_unit_test(errors_of_the_harness_are_told_apart),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
