/* judge.c: see judge.h. */
#include "stress/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/intern_check.h"
#include "check/oracle.h"

/* A reading of the clock may have run a little ahead of, or behind, the call beside it: intervals
 * are widened by more than a processor can reorder. */
#define CLOCK_SLACK_NS 200

/* ---- the oracle ---- */

static bool refused(const struct journal_entry *entry)
{
  return entry->operation != JOURNAL_LOOKUP && entry->id == 0 && !entry->added;
}

/* A journal as the oracle reads it: a tape without the keys' bytes, which it has from the key set.
 */
static bool show_oracle(struct oracle *oracle, const struct journal *journal, unsigned worker,
                        enum refusals refusals, bool *memory)
{
  struct tape_step *steps = calloc(journal->count + 1, sizeof *steps);
  uint64_t *results = calloc(journal->count + 1, sizeof *results);
  size_t count = 0;
  bool good = steps && results;
  *memory = good;
  for (size_t i = 0; good && i < journal->count; i++) {
    const struct journal_entry *entry = &journal->entries[i];
    if (refusals == REFUSALS_ARE_EXPECTED && refused(entry))
      continue;
    if (entry->operation == JOURNAL_STEAL) {
      oracle_stolen(oracle, entry->id);
    } else {
      steps[count] =
          (struct tape_step){.key = entry->key, .operation = entry->operation == JOURNAL_LOOKUP};
      results[count++] = result_word(entry->id, entry->added);
    }
  }
  struct tape tape = {.steps = steps, .bytes = count * sizeof *steps, .count = count};
  good = good && oracle_tape(oracle, &tape, results, worker);
  free(steps);
  free(results);
  return good;
}

static bool ask_oracle(const struct epoch *epoch, const struct map_plugin *calls, void *map,
                       const struct journal *const journals[], unsigned count,
                       enum refusals refusals, struct judgement *judgement)
{
  struct oracle *oracle = oracle_create(&epoch->memory.plan);
  bool memory = oracle != NULL, good = memory;
  if (good)
    oracle_begin(oracle);
  for (unsigned i = 0; good && i < count; i++)
    good = show_oracle(oracle, journals[i], i, refusals, &memory);
  if (good) {
    /* Dense ids are the other check's matter: it says so whether they are promised or not. */
    struct map_plugin as_seen = *calls;
    as_seen.head.promises &= ~(uint32_t)MAP_DENSE_IDS;
    oracle_settle(oracle);
    good = oracle_map(oracle, &as_seen, map);
  }
  if (memory && !good)
    snprintf(judgement->interning, JUDGEMENT_BYTES, "oracle: %s", oracle_contradiction(oracle));
  oracle_destroy(oracle);
  return memory;
}

/* ---- the interning check ---- */

static void show_check(struct intern_check *check, const struct epoch *epoch,
                       const struct journal *journal, unsigned thread)
{
  struct intern_summary summary;
  intern_summary_init(&summary, epoch->shape.keys, thread);
  for (size_t i = 0; i < journal->count; i++) {
    const struct journal_entry *entry = &journal->entries[i];
    int64_t call = entry->call_ns - CLOCK_SLACK_NS, end = entry->end_ns + CLOCK_SLACK_NS;
    if (entry->operation == JOURNAL_STEAL && refused(entry))
      continue; /* the oracle's matter */
    if (entry->operation == JOURNAL_STEAL)
      intern_summary_steal(&summary, entry->id, call, end);
    else if (entry->operation == JOURNAL_LOOKUP)
      intern_summary_lookup(&summary, entry->key, entry->id, call, end);
    else
      intern_summary_put(&summary, entry->key, entry->id, entry->added, call, end);
  }
  intern_check_merge(check, &summary);
  intern_summary_fini(&summary);
}

/* Holds ids to one promise. Says in `broken` how they break that one, in `interning` what else is
 * wrong. */
static void ask_check(const struct epoch *epoch, const struct journal *const journals[],
                      unsigned count, enum intern_promise promise, enum intern_verdict breaks,
                      char *broken, char *interning)
{
  struct intern_check *check = intern_check_create(epoch->shape.keys, promise);
  for (unsigned i = 0; i < count; i++)
    show_check(check, epoch, journals[i], i);
  struct intern_certificate certificate = intern_check_finish(check);
  intern_check_destroy(check);
  if (certificate.verdict == INTERN_LINEARIZABLE)
    return;
  char *text = certificate.verdict == breaks ? broken : interning;
  intern_certificate_print(&certificate, NULL, NULL, text, JUDGEMENT_BYTES);
  for (char *c = text; (c = strchr(c, '\n')); c++)
    *c = ';';
}

/* ---- the map's own count ---- */

static void judge_count(const struct map_plugin *calls, void *map,
                        const struct journal *const journals[], unsigned count,
                        struct judgement *judgement)
{
  uint64_t added = 0;
  for (unsigned j = 0; j < count; j++)
    for (size_t i = 0; i < journals[j]->count; i++)
      added += journals[j]->entries[i].added;
  struct map_stats stats = {0};
  calls->stats(map, &stats);
  if (stats.keys != added)
    snprintf(judgement->interning, JUDGEMENT_BYTES,
             "stats counts %llu strings, %llu puts said that they added one",
             (unsigned long long)stats.keys, (unsigned long long)added);
}

bool judge_play(const struct epoch *epoch, const struct map_plugin *calls, void *map,
                const struct journal *const journals[], unsigned count, enum refusals refusals,
                struct judgement *judgement)
{
  *judgement = (struct judgement){0};
  if (!ask_oracle(epoch, calls, map, journals, count, refusals, judgement))
    return false;
  if (judgement->interning[0])
    return true;
  ask_check(epoch, journals, count, INTERN_DENSE_IDS, INTERN_GAP_IN_IDS, judgement->dense_ids,
            judgement->interning);
  ask_check(epoch, journals, count, INTERN_ORDERED_IDS, INTERN_IDS_OUT_OF_ORDER,
            judgement->ordered_ids, judgement->interning);
  if (!judgement->interning[0] && calls->stats)
    judge_count(calls, map, journals, count, judgement);
  return true;
}
