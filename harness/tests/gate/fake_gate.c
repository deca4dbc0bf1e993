/* fake_gate.c: writes a pairs.jsonl with made-up figures, for the tests of `tmb gate --from`.
 *
 *   fake_gate FILE CASE
 *
 * Cases, by what the gate must say of them: pass, regression, stall (only the 90th percentile),
 * inconclusive, incomplete, unfit, undeclared, wrong, instructions, new, faster, and maps and
 * maps-otherwise, in which the row of advice tells one map from another. A base commit of hostile
 * text is in every one. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gate/pairs.h"
#include "made_pairs.h"

enum { ROWS = 4, CHUNKS = 10 };

static const char *scenario;

static bool is(const char *name)
{
  return strcmp(scenario, name) == 0;
}

static void require(bool good, const char *error)
{
  if (good)
    return;
  fprintf(stderr, "fake_gate: %s\n", error);
  exit(4);
}

static void add(struct pairs *pairs, const char *benchmark, enum pairs_arm arm, size_t n,
                double slowdown, double width, double stall, uint64_t *state)
{
  char error[GATE_ERROR_BYTES];
  json_t *counters = json_pack("{s:f}", "cycles", 100.0);
  for (size_t i = 0; i < n; i++) {
    double chunk[PAIRS_SIDES][CHUNKS];
    struct pairs_half half[PAIRS_SIDES];
    for (int side = 0; side < PAIRS_SIDES; side++) {
      bool candidate = side == PAIRS_CANDIDATE;
      double ns = 30 * (candidate ? slowdown : 1) * exp(width * (made_uniform(state) - 0.5));
      for (int c = 0; c < CHUNKS; c++)
        chunk[side][c] = ns * (1 + 0.002 * c) * (candidate && c > 6 ? stall : 1);
      half[side] = (struct pairs_half){chunk[side], CHUNKS, ns * 1.01, counters};
    }
    require(pairs_add(pairs, benchmark, arm,
                      made_random(state) % 2 ? PAIRS_BASE_FIRST : PAIRS_CANDIDATE_FIRST, half,
                      error),
            error);
  }
  json_decref(counters);
}

static void fill(struct pairs *pairs, const struct manifest *manifest)
{
  char error[GATE_ERROR_BYTES] = "";
  uint64_t state = 1;
  const char *last = manifest->row[ROWS - 2].benchmark;
  for (size_t i = 0; i + 1 < ROWS; i++) {
    const char *name = manifest->row[i].benchmark;
    bool odd = name == last;
    if (odd && is("new")) {
      require(
          pairs_add_trouble(pairs, name, PAIRS_MISSING, PAIRS_BASE, "no map <b> & \"q\"", error),
          error);
      continue;
    }
    if (odd && is("wrong"))
      require(
          pairs_add_trouble(pairs, name, PAIRS_WRONG, PAIRS_CANDIDATE, "two ids | a key", error),
          error);
    add(pairs, name, PAIRS_CHANGE,
        odd && is("inconclusive") ? 160
        : odd && is("incomplete") ? 7
                                  : 20,
        odd && is("regression")          ? 1.1
        : odd && is("faster")            ? 0.7
        : i == 1 && is("maps")           ? 1.4
        : i == 1 && is("maps-otherwise") ? 1.5
                                         : 1,
        odd && is("inconclusive") ? 1 : 0.004, odd && is("stall") ? 1.5 : 1, &state);
  }
  add(pairs, manifest->row[0].benchmark, PAIRS_SAME, 20, is("unfit") ? 1.1 : 1, 0.004, 1, &state);
  if (is("undeclared"))
    add(pairs, "w/stranger/threads:1", PAIRS_CHANGE, 20, 1, 0.004, 1, &state);
  require(pairs_add_instructions(pairs, manifest->row[ROWS - 1].benchmark,
                                 (uint64_t[]){1000000, is("instructions") ? 1020000 : 1000001},
                                 error),
          error);
}

int main(int argc, char **argv)
{
  char error[GATE_ERROR_BYTES] = "usage: fake_gate FILE CASE";
  require(argc == 3, error);
  scenario = argv[2];
  char names[ROWS][64] = {"w/one/pages:warm/threads:1", "w/two/pages:warm/threads:1",
                          "w/two/pages:warm/threads:2", "w/one/pages:warm/threads:1"};
  struct manifest_row rows[ROWS] = {
      {names[0], MANIFEST_TIME, 0.025, MANIFEST_SLOWER, 1000, 1},
      {names[1], MANIFEST_ADVICE, 0.025, MANIFEST_SLOWER, 1000, 1},
      {names[2], MANIFEST_TIME, 0.04, MANIFEST_BOTH, 1000, 2},
      {names[3], MANIFEST_INSTRUCTIONS, 0.01, MANIFEST_SLOWER, 1000, 1},
  };
  struct manifest manifest = {rows, ROWS};
  const char *const same[] = {names[0], NULL};
  const char *const removed[] = {"w/gone/threads:1", NULL};
  json_t *machine = json_pack("{s:s}", "fingerprint", "0123456789abcdef");
  struct pairs_plan plan = {.seed = 1,
                            .build = {{"<b>&|'\"\x1b[31m", "gcc"}, {"c0ffee", "gcc"}},
                            .machine = machine,
                            .manifest = &manifest,
                            .same = same,
                            .removed = removed};
  struct pairs pairs;
  require(pairs_create(&pairs, argv[1], &plan, error), error);
  fill(&pairs, &manifest);
  pairs_fini(&pairs);
  json_decref(machine);
  return 0;
}
