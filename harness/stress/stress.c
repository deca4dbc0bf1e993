/* stress.c: see stress.h: who claims what, the runs, and what they show. */
#include "stress/stress.h"

#include <stdlib.h>
#include <string.h>

#include "measure/stopwatch.h"
#include "stress/watchdog.h"

#define PATIENCE_NOT_CLAIMED_S 1.0 /* a wrong "refuted" there accuses nobody */
#define HANG_FACTOR 4
#define SANITIZED_PATIENCE 3

static size_t scenario_count(void)
{
  size_t count = 0;
  while (scenarios[count].name)
    count++;
  return count;
}

static bool selected(const struct stress_options *options, size_t i)
{
  return !options->selected || options->selected[i];
}

static enum stress_claim claim_of(const struct subject *subject, enum stress_promise promise)
{
  uint32_t map = subject->map->head.promises, region = subject->region->head.promises;
  bool uses_region = map & MAP_USES_REGION;
  switch (promise) {
  case PROMISE_DENSE_IDS:
    return map & MAP_DENSE_IDS ? CLAIM_YES : CLAIM_NO;
  case PROMISE_ORDERED_IDS:
    return map & MAP_ORDERED_IDS ? CLAIM_YES : CLAIM_NO;
  case PROMISE_LOCK_FREE:
    if (!(map & MAP_LOCK_FREE))
      return CLAIM_NO;
    return !uses_region || region & REGION_LOCK_FREE ? CLAIM_YES : CLAIM_IN_PART;
  case PROMISE_SIGNAL_SAFE:
    return map & MAP_ASYNC_SIGNAL_SAFE && (!uses_region || region & REGION_ASYNC_SIGNAL_SAFE)
               ? CLAIM_YES
               : CLAIM_NO;
  default:
    return CLAIM_YES; /* what every map owes */
  }
}

/* ---- runs ---- */

static void run_scenario(const struct stress_options *options, const struct subject *subject,
                         const struct scenario *scenario, double time_s, struct board *board)
{
  double patience_s = options->patience_s;
  if (claim_of(subject, scenario->promise) == CLAIM_NO && patience_s > PATIENCE_NOT_CLAIMED_S)
    patience_s = PATIENCE_NOT_CLAIMED_S;
  if (STRESS_SANITIZED)
    patience_s *= SANITIZED_PATIENCE;
  double hang_s = HANG_FACTOR * options->patience_s * (STRESS_SANITIZED ? SANITIZED_PATIENCE : 1);
  struct bout bout = {.scenario = scenario,
                      .subject = subject,
                      .board = board,
                      .seed = options->seed,
                      .threads_most = options->threads,
                      .end_ns = stopwatch_now_ns() + (uint64_t)(time_s * 1e9),
                      .only_epoch = options->epoch,
                      .patience_s = patience_s};
  if (options->progress)
    fprintf(options->progress, "%s, %s: %s, %.3g s\n", subject->map_name, subject->region_name,
            scenario->name, time_s);
  struct watch_limits limits = {.deadlock_s = patience_s, .hang_s = hang_s};
  watchdog_run(&bout, &limits);
}

/* ---- what was shown ---- */

static void write_command(const struct stress_options *options, struct stress_row *row)
{
  snprintf(row->command, sizeof row->command,
           "%s --map=%s --region=%s --only=%s --seed=%llu --threads=%u --epoch=%llu --time=10s",
           options->command, row->subject->map_name, row->subject->region_name, row->scenario->name,
           (unsigned long long)options->seed, options->threads,
           (unsigned long long)row->refutation.epoch);
}

static uint64_t sum(struct board *const boards[], size_t count, enum board_count which)
{
  uint64_t total = 0;
  for (size_t i = 0; i < count; i++)
    total += board_count(boards[i], which);
  return total;
}

/* True: the moments that the promise is about did occur. */
static bool write_evidence(struct stress_row *row, struct board *const boards[], size_t count)
{
#define total(which) ((unsigned long long)sum(boards, count, (which)))
  char *out = row->evidence;
  size_t size = sizeof row->evidence;
  switch (row->promise) {
  case PROMISE_REFUSAL:
    snprintf(out, size, "%llu puts refused while block 0 to %llu failed, %llu operations",
             total(COUNT_REFUSALS), total(COUNT_BLOCKS_MOST), total(COUNT_OPERATIONS));
    return total(COUNT_REFUSALS) > 0;
  case PROMISE_LOCK_FREE:
    snprintf(out, size, "%llu parks inside a put, %llu more inside the region's alloc",
             total(COUNT_PARKS), total(COUNT_PARKS_IN_ALLOC));
    if (total(COUNT_WAITS_IN_ALLOC))
      snprintf(out + strlen(out), size - strlen(out),
               "; the others had to wait at %llu of these, where %s does not promise more",
               total(COUNT_WAITS_IN_ALLOC), row->subject->region_name);
    return total(COUNT_PARKS) + total(COUNT_PARKS_IN_ALLOC) > total(COUNT_WAITS_IN_ALLOC);
  case PROMISE_SIGNAL_SAFE:
    snprintf(out, size,
             "%llu signals, %llu calls made by handlers, %llu of them inside a put, %llu inside "
             "its region's alloc",
             total(COUNT_SIGNALS), total(COUNT_HANDLER_CALLS), total(COUNT_HANDLER_IN_PUT),
             total(COUNT_HANDLER_IN_ALLOC));
    return total(COUNT_HANDLER_IN_PUT) > 0;
  default:
    snprintf(out, size, "%llu operations in %llu epochs", total(COUNT_OPERATIONS),
             total(COUNT_EPOCHS));
    return total(COUNT_OPERATIONS) > 0;
  }
#undef total
}

/* boards: by scenario, NULL where it was not run. */
static void make_row(const struct stress_options *options, struct board *const boards[],
                     struct stress_row *row)
{
  size_t all = scenario_count(), tested = 0;
  struct board *testing[all];
  const char *untested = "not run";
  row->claim = claim_of(row->subject, row->promise);
  for (size_t i = 0; i < all; i++) {
    if (!boards[i])
      continue;
    if (boards[i]->tested[row->promise])
      testing[tested++] = boards[i];
    else if (scenarios[i].promise == row->promise && boards[i]->untested[0])
      untested = boards[i]->untested;
    else if (scenarios[i].promise == row->promise)
      testing[tested++] = boards[i]; /* tried in vain */
    if (boards[i]->refutation[row->promise].refuted && row->shown != SHOWN_REFUTED) {
      row->shown = SHOWN_REFUTED;
      row->refutation = boards[i]->refutation[row->promise];
      row->scenario = &scenarios[i];
    }
  }
  if (tested == 0) {
    snprintf(row->evidence, sizeof row->evidence, "%s", untested);
    return;
  }
  bool shown = write_evidence(row, testing, tested);
  if (row->shown == SHOWN_REFUTED)
    write_command(options, row);
  else if (!shown)
    row->shown = SHOWN_TOO_LITTLE;
  else
    row->shown = row->claim == CLAIM_NO ? SHOWN_NOT_REFUTED : SHOWN_CONFIRMED;
}

static bool run_subject(const struct stress_options *options, const struct subject *subject,
                        struct stress_report *report)
{
  size_t count = scenario_count();
  struct board *boards[count];
  memset(boards, 0, sizeof boards);
  unsigned shares = 0;
  for (size_t i = 0; i < count; i++)
    shares += selected(options, i) ? scenarios[i].share : 0;
  bool good = true;
  for (size_t i = 0; good && i < count; i++) {
    if (!selected(options, i))
      continue;
    boards[i] = board_create();
    good = boards[i] != NULL;
    if (!good)
      break;
    run_scenario(options, subject, &scenarios[i], options->time_s * scenarios[i].share / shares,
                 boards[i]);
    if (boards[i]->error[0] && !report->error[0])
      snprintf(report->error, sizeof report->error, "%s, %s: %s: %s", subject->map_name,
               subject->region_name, scenarios[i].name, boards[i]->error);
  }
  for (unsigned p = 0; good && p < STRESS_PROMISES; p++) {
    struct stress_row *row = &report->rows[report->row_count++];
    row->subject = subject;
    row->promise = p;
    make_row(options, boards, row);
  }
  for (size_t i = 0; i < count; i++)
    board_destroy(boards[i]);
  return good;
}

bool stress_run(const struct stress_options *options, struct stress_report *report)
{
  *report = (struct stress_report){0};
  report->rows = calloc(options->subject_count * STRESS_PROMISES, sizeof *report->rows);
  for (size_t i = 0; report->rows && i < options->subject_count; i++)
    if (!run_subject(options, &options->subjects[i], report))
      return false;
  return report->rows != NULL;
}

void stress_report_fini(struct stress_report *report)
{
  free(report->rows);
  *report = (struct stress_report){0};
}

bool stress_report_wrong(const struct stress_report *report)
{
  for (size_t i = 0; i < report->row_count; i++)
    if (report->rows[i].shown == SHOWN_REFUTED && report->rows[i].claim != CLAIM_NO)
      return true;
  return false;
}

bool stress_report_incomplete(const struct stress_report *report)
{
  for (size_t i = 0; i < report->row_count; i++)
    if (report->rows[i].shown == SHOWN_TOO_LITTLE && report->rows[i].claim != CLAIM_NO)
      return true;
  return false;
}
