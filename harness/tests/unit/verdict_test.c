/* verdict_test.c: what the gate says of made-up pairs, word by word and code by code. Each failure
 * begins with DISAGREES, which the mutants of the gate must bring about. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../gate/made_pairs.h"
#include "gate/signed_rank.h"
#include "gate/verdict.h"

#define holds(condition)                                                                           \
  do {                                                                                             \
    if (!(condition))                                                                              \
      fail_msg("DISAGREES: %s", #condition);                                                       \
  } while (0)

static const struct made_noise quiet = {0.002}, loud = {0.3};

/* Judges and forgets the pairs' judgement; the words of the rows in order. */
static int judge(const struct pairs *pairs, enum verdict_word *words, size_t count)
{
  struct judgement judgement;
  judgement_init(&judgement, pairs);
  int code = judgement.exit_code;
  holds(judgement.count == count);
  holds(judgement.reason[0]);
  for (size_t i = 0; i < count; i++)
    words[i] = judgement.verdict[i].word;
  judgement_fini(&judgement);
  return code;
}

static const char *name_of(const struct pairs *pairs, size_t row)
{
  return pairs->manifest.row[row].benchmark;
}

/* Two rows, A/A arms on both; slowdown of each row and of its A/A arm. */
static void two_rows(struct pairs *pairs, double first, double second, double same)
{
  uint64_t state = 7;
  made_pairs_init(pairs, 2, true);
  made_pairs_add(pairs, name_of(pairs, 0), PAIRS_CHANGE, 20, first, quiet, &state);
  made_pairs_add(pairs, name_of(pairs, 1), PAIRS_CHANGE, 20, second, quiet, &state);
  made_pairs_add(pairs, name_of(pairs, 0), PAIRS_SAME, 20, same, quiet, &state);
  made_pairs_add(pairs, name_of(pairs, 1), PAIRS_SAME, 20, 1, quiet, &state);
}

static void expect_two(double first, double second, double same, int code, enum verdict_word a,
                       enum verdict_word b)
{
  struct pairs pairs;
  enum verdict_word words[4];
  two_rows(&pairs, first, second, same);
  holds(judge(&pairs, words, 4) == code);
  holds(words[0] == a);
  holds(words[1] == b);
  pairs_fini(&pairs);
}

static void equal_builds_pass(void **state)
{
  (void)state;
  expect_two(1, 1, 1, 0, VERDICT_PASS, VERDICT_PASS);
  expect_two(0.8, 0.8, 1, 0, VERDICT_PASS, VERDICT_PASS);
}

static void each_slower_row_fails(void **state)
{
  (void)state;
  expect_two(1.05, 1, 1, 1, VERDICT_FAIL, VERDICT_PASS);
  expect_two(1, 1.08, 1, 1, VERDICT_PASS, VERDICT_FAIL);
  expect_two(1.015, 1.03, 1, 0, VERDICT_PASS, VERDICT_PASS);
}

static void an_unfit_machine_says_nothing_of_the_change(void **state)
{
  (void)state;
  expect_two(1.2, 1, 1.05, 3, VERDICT_UNFIT, VERDICT_UNFIT);
  expect_two(1, 1, 0.95, 3, VERDICT_UNFIT, VERDICT_UNFIT);
}

static void noise_is_inconclusive(void **state)
{
  (void)state;
  struct pairs pairs;
  enum verdict_word words[4];
  uint64_t random = 3;
  two_rows(&pairs, 1, 1, 1);
  pairs.manifest.row[1].direction = MANIFEST_BOTH;
  made_pairs_clear(&pairs);
  made_pairs_add(&pairs, name_of(&pairs, 0), PAIRS_CHANGE, 160, 1.02, loud, &random);
  made_pairs_add(&pairs, name_of(&pairs, 1), PAIRS_CHANGE, 20, 1, quiet, &random);
  made_pairs_add(&pairs, name_of(&pairs, 0), PAIRS_SAME, 20, 1, quiet, &random);
  made_pairs_add(&pairs, name_of(&pairs, 1), PAIRS_SAME, 20, 1, quiet, &random);
  holds(judge(&pairs, words, 4) == 2);
  holds(words[0] == VERDICT_INCONCLUSIVE);
  holds(words[1] == VERDICT_PASS);
  pairs.manifest.row[0].tier = MANIFEST_ADVICE;
  holds(judge(&pairs, words, 4) == 0);
  pairs_fini(&pairs);
}

static void advice_blocks_nothing(void **state)
{
  (void)state;
  struct pairs pairs;
  enum verdict_word words[4];
  two_rows(&pairs, 1.2, 1, 1);
  pairs.manifest.row[0].tier = MANIFEST_ADVICE;
  holds(judge(&pairs, words, 4) == 0);
  holds(words[0] == VERDICT_FAIL);
  pairs_fini(&pairs);
}

static void faster_is_a_fault_where_it_is_declared(void **state)
{
  (void)state;
  struct pairs pairs;
  enum verdict_word words[4];
  two_rows(&pairs, 0.9, 0.9, 1);
  pairs.manifest.row[1].direction = MANIFEST_BOTH;
  holds(judge(&pairs, words, 4) == 1);
  holds(words[0] == VERDICT_PASS && words[1] == VERDICT_FAIL);
  pairs_fini(&pairs);
}

/* CPU time and the 90th percentile see what the minimum cannot. */
static void other_views_fail_beyond_looser_limits(void **state)
{
  (void)state;
  static const double limits[PAIRS_VIEWS] = {1, GATE_CPU_LIMITS, GATE_P90_LIMITS};
  for (enum pairs_view view = 0; view < PAIRS_VIEWS; view++) {
    for (int beyond = 0; beyond < 2; beyond++) {
      struct pairs pairs;
      struct judgement judgement;
      two_rows(&pairs, 1, 1, 1);
      struct pairs_series *series = &pairs.series[0];
      for (size_t i = 0; i < series->count; i++)
        series->pair[i].ns[PAIRS_CANDIDATE][view] =
            series->pair[i].ns[PAIRS_BASE][view] *
            (1 + limits[view] * 0.025 + (beyond ? 1e-6 : -1e-6));
      judgement_init(&judgement, &pairs);
      bool failed = judgement.verdict[0].word == VERDICT_FAIL;
      holds(failed == beyond);
      holds(!failed || judgement.verdict[0].failed_view == view);
      holds(judgement.exit_code == beyond);
      judgement_fini(&judgement);
      pairs_fini(&pairs);
    }
  }
}

static void what_did_not_run_is_said(void **state)
{
  (void)state;
  struct pairs pairs;
  enum verdict_word words[4];
  uint64_t random = 5;
  made_pairs_init(&pairs, 2, true);
  for (int row = 0; row < 2; row++)
    made_pairs_add(&pairs, name_of(&pairs, 0), row ? PAIRS_SAME : PAIRS_CHANGE, 20, 1, quiet,
                   &random);
  holds(judge(&pairs, words, 4) == 3);
  holds(words[0] == VERDICT_PASS && words[1] == VERDICT_INCOMPLETE);
  holds(words[2] == VERDICT_PASS && words[3] == VERDICT_INCOMPLETE);
  made_pairs_add(&pairs, name_of(&pairs, 1), PAIRS_CHANGE, 20, 1, quiet, &random);
  holds(judge(&pairs, words, 4) == 3); /* the A/A arm lacks */
  made_pairs_add(&pairs, name_of(&pairs, 1), PAIRS_SAME, 19, 1, quiet, &random);
  holds(judge(&pairs, words, 4) == 3); /* a pair lacks */
  made_pairs_add(&pairs, name_of(&pairs, 1), PAIRS_SAME, 1, 1, quiet, &random);
  holds(judge(&pairs, words, 4) == 0);
  made_pairs_add(&pairs, "made/other/threads:1", PAIRS_CHANGE, 20, 1, quiet, &random);
  holds(judge(&pairs, words, 4) == 4);
  pairs_fini(&pairs);
}

static void a_gate_without_aa_arm_is_incomplete(void **state)
{
  (void)state;
  struct pairs pairs;
  enum verdict_word words[1];
  uint64_t random = 5;
  made_pairs_init(&pairs, 1, false);
  made_pairs_add(&pairs, name_of(&pairs, 0), PAIRS_CHANGE, 20, 1, quiet, &random);
  holds(judge(&pairs, words, 1) == 3);
  holds(words[0] == VERDICT_PASS);
  made_pairs_add(&pairs, name_of(&pairs, 0), PAIRS_SAME, 20, 1, quiet, &random);
  holds(judge(&pairs, words, 1) == 4); /* an A/A arm that nobody declared */
  pairs_fini(&pairs);
}

static void instructions_are_exact(void **state)
{
  (void)state;
  static const struct {
    uint64_t candidate;
    int code;
  } known[] = {{1010000, 0}, {1010001, 1}, {500000, 0}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    struct pairs pairs;
    enum verdict_word words[3];
    two_rows(&pairs, 1, 1, 1);
    pairs.manifest.row[1].tier = MANIFEST_INSTRUCTIONS;
    pairs.manifest.row[1].limit = 0.01;
    for (size_t s = 0; s < pairs.series_count; s++) /* both rows' pairs become the first one's */
      if (strcmp(pairs.series[s].benchmark, name_of(&pairs, 1)) == 0)
        strcpy(pairs.series[s].benchmark, name_of(&pairs, 0));
    holds(judge(&pairs, words, 3) == 3); /* not counted */
    struct pairs_instructions counted = {strdup(name_of(&pairs, 1)), {1000000, known[i].candidate}};
    pairs.instructions = malloc(sizeof counted);
    pairs.instructions[pairs.instructions_count++] = counted;
    holds(judge(&pairs, words, 3) == known[i].code);
    pairs_fini(&pairs);
  }
}

static void trouble_is_named(void **state)
{
  (void)state;
  static const struct {
    enum pairs_trouble trouble;
    enum pairs_side side;
    enum verdict_word word;
    int code;
  } known[] = {{PAIRS_MISSING, PAIRS_BASE, VERDICT_NEW, 0},
               {PAIRS_MISSING, PAIRS_CANDIDATE, VERDICT_INCOMPLETE, 3},
               {PAIRS_FAILED, PAIRS_CANDIDATE, VERDICT_INCOMPLETE, 3},
               {PAIRS_FAILED, PAIRS_BASE, VERDICT_INCOMPLETE, 3},
               {PAIRS_WRONG, PAIRS_BASE, VERDICT_INCOMPLETE, 3},
               {PAIRS_WRONG, PAIRS_CANDIDATE, VERDICT_WRONG, 1}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    struct pairs pairs;
    enum verdict_word words[4];
    two_rows(&pairs, 1, 1, 1);
    holds(verdict_pairs_wanted(&pairs, &pairs.manifest.row[1], PAIRS_CHANGE) == 0);
    pairs.event = malloc(sizeof *pairs.event);
    pairs.event[pairs.event_count++] = (struct pairs_event){
        strdup(name_of(&pairs, 1)), known[i].trouble, known[i].side, strdup("said")};
    holds(judge(&pairs, words, 4) == known[i].code);
    holds(words[1] == known[i].word);
    holds(verdict_pairs_wanted(&pairs, &pairs.manifest.row[1], PAIRS_CHANGE) == 0);
    pairs_fini(&pairs);
  }
}

/* The interval of every look and view is the exact one for its share of the error. */
static void the_error_is_spent_as_it_is_said(void **state)
{
  (void)state;
  static const double spent[] = {0.125, 0.125, 0.25, 0.5}, shares[] = {0.5, 0.25, 0.25};
  static const size_t looks[] = {20, 40, 80, 160};
  struct pairs pairs;
  uint64_t random = 11;
  made_pairs_init(&pairs, 20, false);
  for (size_t look = 0; look < 4; look++) {
    struct judgement judgement;
    made_pairs_add(&pairs, name_of(&pairs, 0), PAIRS_CHANGE,
                   looks[look] - (look ? looks[look - 1] : 0), 1.02, loud, &random);
    holds(verdict_pairs_wanted(&pairs, &pairs.manifest.row[0], PAIRS_CHANGE) ==
          (look < 3 ? looks[look + 1] : 0));
    judgement_init(&judgement, &pairs);
    const struct verdict *verdict = &judgement.verdict[0];
    holds(verdict->pairs == looks[look]);
    for (enum pairs_view view = 0; view < PAIRS_VIEWS; view++) {
      double change[160];
      for (size_t i = 0; i < looks[look]; i++)
        change[i] = log(pairs.series[0].pair[i].ns[PAIRS_CANDIDATE][view] /
                        pairs.series[0].pair[i].ns[PAIRS_BASE][view]);
      struct signed_rank_interval wanted =
          signed_rank_interval_of(change, looks[look], 0.025 / 20 * spent[look] * shares[view]);
      holds(fabs(log(verdict->ratio[view].low) - wanted.low) < 1e-9);
      holds(fabs(log(verdict->ratio[view].high) - wanted.high) < 1e-9);
      holds(fabs(log(verdict->ratio[view].estimate) - wanted.estimate) < 1e-9);
    }
    judgement_fini(&judgement);
  }
  pairs_fini(&pairs);
}

static void a_verdict_stands(void **state)
{
  (void)state;
  struct pairs pairs;
  enum verdict_word words[4];
  uint64_t random = 13;
  two_rows(&pairs, 1, 1.08, 1);
  holds(verdict_pairs_wanted(&pairs, &pairs.manifest.row[1], PAIRS_CHANGE) == 0);
  made_pairs_add(&pairs, name_of(&pairs, 1), PAIRS_CHANGE, 140, 0.5, quiet, &random);
  holds(judge(&pairs, words, 4) == 1);
  holds(words[1] == VERDICT_FAIL);
  pairs_fini(&pairs);
}

static void the_first_look_is_wanted_first(void **state)
{
  (void)state;
  struct pairs pairs;
  made_pairs_init(&pairs, 1, true);
  holds(verdict_pairs_wanted(&pairs, &pairs.manifest.row[0], PAIRS_CHANGE) == 20);
  holds(verdict_pairs_wanted(&pairs, &pairs.manifest.row[0], PAIRS_SAME) == 20);
  pairs.manifest.row[0].tier = MANIFEST_INSTRUCTIONS;
  holds(verdict_pairs_wanted(&pairs, &pairs.manifest.row[0], PAIRS_CHANGE) == 0);
  pairs_fini(&pairs);
}

/* What the report calls seen is where FAIL begins. */
static void seen_is_where_fail_begins(void **state)
{
  (void)state;
  struct pairs pairs;
  struct judgement judgement;
  two_rows(&pairs, 1, 1, 1);
  for (size_t i = 0; i < 20; i++) { /* a known spread, the same in all views */
    double *ns[PAIRS_SIDES] = {pairs.series[0].pair[i].ns[0], pairs.series[0].pair[i].ns[1]};
    for (enum pairs_view view = 0; view < PAIRS_VIEWS; view++) {
      ns[PAIRS_BASE][view] = 10;
      ns[PAIRS_CANDIDATE][view] = 10 * exp(((double)i - 9.5) * 1e-4);
    }
  }
  judgement_init(&judgement, &pairs);
  double seen = judgement.verdict[0].seen, limit = judgement.verdict[0].limit;
  judgement_fini(&judgement);
  holds(seen > 1 + limit && seen < 1 + 2 * limit);
  for (int more = 0; more < 2; more++) {
    for (size_t i = 0; i < 20; i++)
      pairs.series[0].pair[i].ns[PAIRS_CANDIDATE][PAIRS_MINIMUM] =
          10 * exp(((double)i - 9.5) * 1e-4) * seen * (more ? 1.00001 : 0.99999);
    judgement_init(&judgement, &pairs);
    holds((judgement.verdict[0].word == VERDICT_FAIL) == more);
    judgement_fini(&judgement);
  }
  pairs_fini(&pairs);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equal_builds_pass),
      cmocka_unit_test(each_slower_row_fails),
      cmocka_unit_test(an_unfit_machine_says_nothing_of_the_change),
      cmocka_unit_test(noise_is_inconclusive),
      cmocka_unit_test(advice_blocks_nothing),
      cmocka_unit_test(faster_is_a_fault_where_it_is_declared),
      cmocka_unit_test(other_views_fail_beyond_looser_limits),
      cmocka_unit_test(what_did_not_run_is_said),
      cmocka_unit_test(a_gate_without_aa_arm_is_incomplete),
      cmocka_unit_test(instructions_are_exact),
      cmocka_unit_test(trouble_is_named),
      cmocka_unit_test(the_error_is_spent_as_it_is_said),
      cmocka_unit_test(a_verdict_stands),
      cmocka_unit_test(the_first_look_is_wanted_first),
      cmocka_unit_test(seen_is_where_fail_begins),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
