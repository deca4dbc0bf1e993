/* verdict.c: see verdict.h. */
#include "gate/verdict.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gate/signed_rank.h"
#include "record/allocate.h"
#include "report/interval.h"

static const double view_limits[PAIRS_VIEWS] = {1, GATE_CPU_LIMITS, GATE_P90_LIMITS};
static const double view_shares[PAIRS_VIEWS] = {0.5, 0.25, 0.25}; /* of the error; together 1 */

const char *verdict_word_name(enum verdict_word word)
{
  static const char *const names[] = {"PASS", "FAIL",  "INCONCLUSIVE", "INCOMPLETE",
                                      "NEW",  "WRONG", "UNFIT"};
  return names[word];
}

__attribute__((format(printf, 3, 4))) static void explain(char *text, size_t size,
                                                          const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, size, format, arguments);
  va_end(arguments);
  for (; *text; text++) /* what is quoted may be cut within a character */
    if ((unsigned char)*text >= 0x7f)
      *text = '?';
}

/* ---- one benchmark ---- */

/* How many benchmarks of that arm share the error. */
static size_t comparisons(const struct pairs *pairs, enum pairs_arm arm)
{
  size_t count = 0;
  for (size_t i = 0; i < pairs->manifest.count; i++) {
    const struct manifest_row *row = &pairs->manifest.row[i];
    count += manifest_in_pairs(row->tier) &&
             (arm == PAIRS_CHANGE || pairs_has_same_arm(pairs, row->benchmark));
  }
  return count;
}

/* The share of the whole error that a look may spend: as the pairs that it adds. */
static double spent_at(const struct pairs *pairs, size_t look)
{
  size_t before = look ? pairs->look[look - 1] : 0;
  return (double)(pairs->look[look] - before) / (double)pairs->look[pairs->look_count - 1];
}

static struct verdict_ratio ratio_of(const struct pairs_series *series, size_t n,
                                     enum pairs_view view, double error)
{
  double *change = allocate(n, sizeof *change);
  for (size_t i = 0; i < n; i++)
    change[i] =
        log(series->pair[i].ns[PAIRS_CANDIDATE][view] / series->pair[i].ns[PAIRS_BASE][view]);
  struct signed_rank_interval interval = signed_rank_interval_of(change, n, error);
  free(change);
  return (struct verdict_ratio){exp(interval.estimate), exp(interval.low), exp(interval.high)};
}

static double side_median(const struct pairs_series *series, size_t n, enum pairs_side side)
{
  double *ns = allocate(n, sizeof *ns);
  for (size_t i = 0; i < n; i++)
    ns[i] = series->pair[i].ns[side][PAIRS_MINIMUM];
  double median = interval_median(ns, n);
  free(ns);
  return median;
}

static bool is_beyond(const struct verdict_ratio *ratio, double limit,
                      enum manifest_direction direction)
{
  return ratio->low > 1 + limit || (direction == MANIFEST_BOTH && ratio->high < 1 / (1 + limit));
}

static bool is_within(const struct verdict_ratio *ratio, double limit,
                      enum manifest_direction direction)
{
  return ratio->high < 1 + limit && (direction == MANIFEST_SLOWER || ratio->low > 1 / (1 + limit));
}

static enum verdict_word word_of(struct verdict *verdict)
{
  for (enum pairs_view view = 0; view < PAIRS_VIEWS; view++) {
    if (is_beyond(&verdict->ratio[view], verdict->limit * view_limits[view], verdict->direction)) {
      verdict->failed_view = view;
      return VERDICT_FAIL;
    }
  }
  return is_within(&verdict->ratio[PAIRS_MINIMUM], verdict->limit, verdict->direction)
             ? VERDICT_PASS
             : VERDICT_INCONCLUSIVE;
}

/* Looks as far as there are pairs, or to the first verdict. */
static void look_at(const struct pairs *pairs, const struct pairs_series *series,
                    struct verdict *verdict)
{
  double error = GATE_ERROR_RATE / 2 / (double)comparisons(pairs, verdict->arm);
  verdict->word = VERDICT_INCONCLUSIVE;
  for (size_t look = 0; look < pairs->look_count && pairs->look[look] <= series->count; look++) {
    size_t n = verdict->pairs = pairs->look[look];
    for (enum pairs_view view = 0; view < PAIRS_VIEWS; view++)
      verdict->ratio[view] =
          ratio_of(series, n, view, error * spent_at(pairs, look) * view_shares[view]);
    verdict->word = word_of(verdict);
    if (verdict->word != VERDICT_INCONCLUSIVE)
      break;
  }
  if (verdict->pairs == 0)
    return;
  const struct verdict_ratio *minimum = &verdict->ratio[PAIRS_MINIMUM];
  verdict->seen = (1 + verdict->limit) * minimum->estimate / minimum->low;
  verdict->base = side_median(series, verdict->pairs, PAIRS_BASE);
  verdict->candidate = side_median(series, verdict->pairs, PAIRS_CANDIDATE);
}

/* The look that an undecided series still needs; 0: none. */
static size_t next_look(const struct pairs *pairs, const struct pairs_series *series,
                        enum verdict_word word)
{
  for (size_t look = 0; look < pairs->look_count && word == VERDICT_INCONCLUSIVE; look++)
    if (!series || pairs->look[look] > series->count)
      return pairs->look[look];
  return 0;
}

static void judge_pairs(const struct pairs *pairs, struct verdict *verdict)
{
  const struct pairs_series *series = pairs_find(pairs, verdict->benchmark, verdict->arm);
  verdict->word = VERDICT_INCONCLUSIVE;
  if (series)
    look_at(pairs, series, verdict);
  size_t next = next_look(pairs, series, verdict->word);
  if (next) {
    verdict->word = VERDICT_INCOMPLETE;
    explain(verdict->reason, sizeof verdict->reason,
            series ? "undecided, with %zu of the %zu pairs of its next look"
                   : "declared and not run",
            series ? series->count : 0, next);
  }
}

static void judge_instructions(const struct pairs *pairs, struct verdict *verdict)
{
  for (size_t i = 0; i < pairs->instructions_count; i++) {
    const struct pairs_instructions *counted = &pairs->instructions[i];
    if (strcmp(counted->benchmark, verdict->benchmark) != 0)
      continue;
    verdict->base = (double)counted->count[PAIRS_BASE];
    verdict->candidate = (double)counted->count[PAIRS_CANDIDATE];
    double ratio = verdict->candidate / verdict->base;
    verdict->ratio[PAIRS_MINIMUM] = (struct verdict_ratio){ratio, ratio, ratio};
    verdict->seen = 1 + verdict->limit;
    verdict->failed_view = PAIRS_MINIMUM;
    verdict->word = is_beyond(&verdict->ratio[PAIRS_MINIMUM], verdict->limit, verdict->direction)
                        ? VERDICT_FAIL
                        : VERDICT_PASS;
    return;
  }
  verdict->word = VERDICT_INCOMPLETE;
  explain(verdict->reason, sizeof verdict->reason, "declared and not counted");
}

/* Whether something went wrong with the benchmark; the worst of it. */
static bool judge_events(const struct pairs *pairs, struct verdict *verdict)
{
  bool any = false;
  for (size_t i = 0; i < pairs->event_count; i++) {
    const struct pairs_event *event = &pairs->event[i];
    if (strcmp(event->benchmark, verdict->benchmark) != 0 || verdict->word == VERDICT_WRONG)
      continue;
    bool base = event->side == PAIRS_BASE;
    if (event->trouble == PAIRS_WRONG && !base)
      verdict->word = VERDICT_WRONG;
    else if (event->trouble == PAIRS_MISSING && base)
      verdict->word = any ? verdict->word : VERDICT_NEW;
    else
      verdict->word = VERDICT_INCOMPLETE;
    explain(verdict->reason, sizeof verdict->reason, "%s %s%s: %.180s",
            pairs_side_name(event->side), pairs_trouble_name(event->trouble),
            event->trouble == PAIRS_MISSING && !base ? " (when that is meant, remove its row)" : "",
            event->reason);
    any = true;
  }
  return any;
}

static struct verdict judge(const struct pairs *pairs, const struct manifest_row *row,
                            enum pairs_arm arm)
{
  struct verdict verdict = {
      .benchmark = row->benchmark,
      .arm = arm,
      .tier = row->tier,
      .direction = arm == PAIRS_SAME ? MANIFEST_BOTH : row->direction,
      .limit = row->limit,
  };
  for (enum pairs_view view = 0; view < PAIRS_VIEWS; view++)
    verdict.ratio[view] = (struct verdict_ratio){NAN, 0, INFINITY};
  verdict.seen = verdict.base = verdict.candidate = NAN;
  if (judge_events(pairs, &verdict))
    return verdict;
  if (manifest_in_pairs(row->tier))
    judge_pairs(pairs, &verdict);
  else
    judge_instructions(pairs, &verdict);
  return verdict;
}

size_t verdict_pairs_wanted(const struct pairs *pairs, const struct manifest_row *row,
                            enum pairs_arm arm)
{
  if (!manifest_in_pairs(row->tier) ||
      (arm == PAIRS_SAME && !pairs_has_same_arm(pairs, row->benchmark)))
    return 0;
  struct verdict verdict = judge(pairs, row, arm);
  bool waits = verdict.word == VERDICT_INCOMPLETE;
  for (size_t i = 0; i < pairs->event_count; i++)
    waits = waits && strcmp(pairs->event[i].benchmark, row->benchmark) != 0;
  return waits ? next_look(pairs, pairs_find(pairs, row->benchmark, arm), VERDICT_INCONCLUSIVE) : 0;
}

/* ---- the gate ---- */

/* The first benchmark that ran undeclared; NULL: none. */
static const char *undeclared(const struct pairs *pairs)
{
  for (size_t i = 0; i < pairs->series_count; i++) {
    const struct pairs_series *series = &pairs->series[i];
    if (!manifest_find(&pairs->manifest, series->benchmark, true) ||
        (series->arm == PAIRS_SAME && !pairs_has_same_arm(pairs, series->benchmark)))
      return series->benchmark;
  }
  for (size_t i = 0; i < pairs->instructions_count; i++)
    if (!manifest_find(&pairs->manifest, pairs->instructions[i].benchmark, false))
      return pairs->instructions[i].benchmark;
  for (size_t i = 0; i < pairs->event_count; i++)
    if (!manifest_find(&pairs->manifest, pairs->event[i].benchmark, true) &&
        !manifest_find(&pairs->manifest, pairs->event[i].benchmark, false))
      return pairs->event[i].benchmark;
  return NULL;
}

/* The first of that arm with that word; rows of advice only when asked for. NULL: none. */
static const struct verdict *first_with(const struct judgement *judgement, enum pairs_arm arm,
                                        enum verdict_word word, bool advice)
{
  for (size_t i = 0; i < judgement->count; i++) {
    const struct verdict *verdict = &judgement->verdict[i];
    if (verdict->arm == arm && verdict->word == word &&
        (advice || verdict->tier != MANIFEST_ADVICE))
      return verdict;
  }
  return NULL;
}

static void conclude(struct judgement *judgement, const struct pairs *pairs)
{
  const struct verdict *found;
  const char *name = undeclared(pairs);
  char *reason = judgement->reason;
  size_t size = sizeof judgement->reason;
  bool passed = first_with(judgement, PAIRS_CHANGE, VERDICT_PASS, true) != NULL;
  if (name) {
    judgement->exit_code = 4;
    explain(reason, size, "%.300s ran and is not declared: add it to the manifest", name);
  } else if ((found = first_with(judgement, PAIRS_CHANGE, VERDICT_WRONG, true)) != NULL) {
    judgement->exit_code = 1;
    explain(reason, size, "%.200s: %.256s", found->benchmark, found->reason);
  } else if ((found = first_with(judgement, PAIRS_SAME, VERDICT_FAIL, true)) != NULL) {
    judgement->exit_code = 3;
    explain(reason, size,
            "the machine is unfit: the base against itself differs in %.200s, so nothing is said "
            "of the change",
            found->benchmark);
  } else if ((found = first_with(judgement, PAIRS_CHANGE, VERDICT_FAIL, false)) != NULL) {
    judgement->exit_code = 1;
    explain(reason, size, "a regression: %.300s", found->benchmark);
  } else if ((found = first_with(judgement, PAIRS_CHANGE, VERDICT_INCOMPLETE, true)) != NULL ||
             (found = first_with(judgement, PAIRS_SAME, VERDICT_INCOMPLETE, true)) != NULL) {
    judgement->exit_code = 3;
    explain(reason, size, "%.200s: %.256s", found->benchmark, found->reason);
  } else if (comparisons(pairs, PAIRS_CHANGE) && !comparisons(pairs, PAIRS_SAME)) {
    judgement->exit_code = 3;
    explain(reason, size,
            "no benchmark has an A/A arm, so nobody knows whether this "
            "machine is fit");
  } else if ((found = first_with(judgement, PAIRS_CHANGE, VERDICT_INCONCLUSIVE, false)) != NULL) {
    judgement->exit_code = 2;
    explain(reason, size, "neither a regression nor its absence is proved of %.300s",
            found->benchmark);
  } else if (!passed) {
    judgement->exit_code = 3;
    explain(reason, size, "nothing was compared, all is new or advice");
  } else {
    judgement->exit_code = 0;
    explain(reason, size, "no regression above the limits");
  }
}

void judgement_init(struct judgement *judgement, const struct pairs *pairs)
{
  const struct manifest *manifest = &pairs->manifest;
  *judgement = (struct judgement){
      .verdict = allocate_zeroed(2 * manifest->count, sizeof *judgement->verdict)};
  for (size_t i = 0; i < manifest->count; i++)
    judgement->verdict[judgement->count++] = judge(pairs, &manifest->row[i], PAIRS_CHANGE);
  size_t arms = judgement->count;
  for (size_t i = 0; i < manifest->count; i++)
    if (manifest_in_pairs(manifest->row[i].tier) &&
        pairs_has_same_arm(pairs, manifest->row[i].benchmark))
      judgement->verdict[judgement->count++] = judge(pairs, &manifest->row[i], PAIRS_SAME);
  conclude(judgement, pairs);
  if (!first_with(judgement, PAIRS_SAME, VERDICT_FAIL, true))
    return;
  for (size_t i = 0; i < arms; i++) {
    struct verdict *verdict = &judgement->verdict[i];
    if (manifest_in_pairs(verdict->tier) && verdict->word <= VERDICT_INCONCLUSIVE) {
      verdict->word = VERDICT_UNFIT;
      explain(verdict->reason, sizeof verdict->reason, "not judged: the A/A arm failed");
    }
  }
}

void judgement_fini(struct judgement *judgement)
{
  free(judgement->verdict);
  *judgement = (struct judgement){0};
}
