/* generations_test.c: round trips of a real stream over many switches, with every kind of map and
 * region, and what must not get through: maps that lose or keep something over a generation's end,
 * and a cleaning that begins while writers are still in.
 *
 *   generations_test CORPUS */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "load/plugin_loader.h"
#include "run/trial.h"
#include "tests/contract/cmocka_includes.h"

static const char *corpus;

struct play {
  const char *workload, *map, *region;
  unsigned threads;
  uint64_t operations;
  double generations, keys, one_region, step_stacks;
  enum block_pages pages;
};

static struct point point_of(const struct play *play)
{
  struct point point = {.workload = play->workload ? play->workload : "generations",
                        .map = play->map,
                        .region = play->region ? play->region : "region_shared",
                        .pages = play->pages,
                        .place = "none",
                        .threads = play->threads,
                        .operations = play->operations,
                        .block_bytes = REGION_BLOCK_BYTES,
                        .seed = 1,
                        .corpus = corpus,
                        .arm = "",
                        .parameter_name = {"generations", "keys", "one_region", "step_stacks"},
                        .parameter = {play->generations, play->keys, play->one_region,
                                      play->step_stacks > 0 ? play->step_stacks : 16}};
  point_set_name(&point);
  return point;
}

struct figures {
  double switches, checked, stretch_stacks, keys;
};

static void take_figure(void *arg, const char *name, double value)
{
  struct figures *figures = arg;
  if (strcmp(name, "switches") == 0)
    figures->switches = value;
  if (strcmp(name, "generations_checked") == 0)
    figures->checked = value;
  if (strcmp(name, "stretch_dump_stacks") == 0)
    figures->stretch_stacks = value;
  if (strcmp(name, "keys_per_generation") == 0)
    figures->keys = value;
}

static enum trial_problem play(const struct play *wanted, unsigned trials, struct figures *figures,
                               char *error)
{
  struct point point = point_of(wanted);
  struct trial_rig *rig;
  enum trial_problem problem = trial_rig_create(&point, &rig, error);
  for (unsigned i = 0; !problem && i < trials; i++) {
    struct trial_times times;
    problem = trial_run(rig, &times, error);
    if (problem || i + 1 == trials) {
      stage_record_figures(trial_rig_stage(rig), take_figure, figures);
      trial_rig_destroy(rig);
    }
  }
  return problem;
}

#define TRIALS_MOST 200

/* Trials until so many switches lie behind: how many one has is up to how the threads run, as a
 * switch waits for the cleaning before it, and that for the slowest writer. */
static void assert_round_trip(const struct play *wanted, double switches)
{
  struct point point = point_of(wanted);
  struct trial_rig *rig;
  char error[POINT_ERROR_BYTES];
  if (trial_rig_create(&point, &rig, error) != TRIAL_GOOD)
    fail_msg("%s: %s", point.name, error);
  for (int trial = 0; switches > 0; trial++) {
    struct figures figures = {0};
    struct trial_times times;
    trial_rig_begin_series(rig);
    if (trial_run(rig, &times, error) != TRIAL_GOOD)
      fail_msg("%s: %s", point.name, error);
    stage_record_figures(trial_rig_stage(rig), take_figure, &figures);
    assert_true(figures.checked == figures.switches + 1);
    assert_true(trial < TRIALS_MOST);
    switches -= figures.switches;
  }
  trial_rig_destroy(rig);
}

static void a_hundred_switches_come_back_whole(void **state)
{
  (void)state;
  for (unsigned threads = 1; threads <= 2; threads++) {
    struct play wanted = {
        .map = "hash_trie", .threads = threads, .operations = 12000, .generations = 110};
    assert_round_trip(&wanted, 100);
    wanted.map = "fixed_bucket";
    wanted.region = "region_locked";
    assert_round_trip(&wanted, 100);
  }
}

static void every_region_serves(void **state)
{
  (void)state;
  static const char *const regions[] = {"region_locked", "region_shared", "region_sharded",
                                        "region_per_thread"};
  for (size_t r = 0; r < sizeof regions / sizeof *regions; r++) {
    for (int one = 0; one < 2; one++) {
      struct play wanted = {.map = r % 2 ? "hash_trie" : "fixed_bucket",
                            .region = regions[r],
                            .threads = 2,
                            .operations = 4000,
                            .generations = 8,
                            .one_region = one};
      assert_round_trip(&wanted, 4);
      wanted.map = r % 2 ? "fixed_bucket" : "hash_trie";
      assert_round_trip(&wanted, 4);
    }
  }
}

/* More keys than the corpus has, and the longest stretch that a step allows. */
static void keys_are_numbered_and_steps_bounded(void **state)
{
  (void)state;
  struct figures figures = {0};
  char error[POINT_ERROR_BYTES];
  struct play wanted = {.map = "hash_trie",
                        .threads = 1,
                        .operations = 100000,
                        .generations = 2,
                        .keys = 30000,
                        .step_stacks = 5};
  assert_int_equal(play(&wanted, 1, &figures, error), TRIAL_GOOD);
  assert_true(figures.keys > 27000 && figures.keys < 33000);
  assert_true(figures.stretch_stacks <= 5);
  wanted.map = "fixed_bucket"; /* knows no steps: all in one */
  assert_int_equal(play(&wanted, 1, &figures, error), TRIAL_GOOD);
  assert_true(figures.stretch_stacks > 5000);
}

/* ---- what must not get through ---- */

static const char *test_plugin(char path[PATH_MAX], const char *name)
{
  snprintf(path, PATH_MAX, "%s/../../test-plugins/%s.so", plugin_default_folder(), name);
  return path;
}

static void wrong_maps_are_found(void **state)
{
  (void)state;
  static const struct {
    const char *map, *says;
  } wrong[] = {
      {"tracer/visit_step_skips", "the stack that thread 0 put"},
      {"tracer/reset_step_keeps_key", "keeps"},
      {"tracer/reset_step_keeps_ids", "start at"},
      {"tracer/reset_step_loses_block", "keeps"},
      {"wrong/wrong_map_keeps_strings", "written"},
      {"wrong/wrong_map_keeps_ids", "start at"},
      {"wrong/wrong_map_visits_half", "the stack that thread"},
      {"wrong/wrong_map_visits_twice", "two stacks are written"},
      {"wrong/wrong_map_lends_stolen", "under id"},
      {"wrong/wrong_map_adds_twice", "under id"},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    char path[PATH_MAX], error[POINT_ERROR_BYTES] = "";
    struct play wanted = {.map = test_plugin(path, wrong[i].map),
                          .region = "region_sharded", /* has no eye of its own for misuse */
                          .threads = 1,
                          .operations = 20000,
                          .generations = 4,
                          .keys = 4000,
                          .pages = PAGES_WARM /* what points into blocks that went finds them */};
    struct figures figures = {0};
    enum trial_problem problem = play(&wanted, 1, &figures, error);
    if (problem != TRIAL_WRONG || !strstr(error, wrong[i].says))
      fail_msg("%s: %d, '%s' does not say '%s'", wrong[i].map, (int)problem, error, wrong[i].says);
  }
}

enum { NOT_FOUND = 9, LONGEST_S = 60 };

/* Whoever is caught in a generation that is being cleaned puts into a table that is dumped or reset
 * at that moment. Often enough that it happens; what then happens may be anything, so a process of
 * its own meets it: a contradiction, a crash or no end are all found. Under a sanitizer the race
 * itself ends the process, so that this test is for plain builds. */
static void an_early_switch_is_found(void **state)
{
  (void)state;
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
  skip();
#endif
  char path[PATH_MAX];
  struct play wanted = {.workload = test_plugin(path, "tracer/switches_early"),
                        .map = "fixed_bucket",
                        .region = "region_locked",
                        .threads = 2,
                        .operations = 40000,
                        .generations = 4000};
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGABRT};
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++)
      signal(fatal[i], SIG_DFL); /* cmocka's own would go on with the test */
    alarm(LONGEST_S);
    struct figures figures = {0};
    char error[POINT_ERROR_BYTES];
    _exit(play(&wanted, 20, &figures, error) == TRIAL_WRONG ? 0 : NOT_FOUND);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_false(WIFEXITED(status) && WEXITSTATUS(status) != 0);
}

int main(int argc, char **argv)
{
  if (argc != 2) {
    fprintf(stderr, "usage: generations_test CORPUS\n");
    return 4;
  }
  corpus = argv[1];
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_hundred_switches_come_back_whole),
      cmocka_unit_test(every_region_serves),
      cmocka_unit_test(keys_are_numbered_and_steps_bounded),
      cmocka_unit_test(wrong_maps_are_found),
      cmocka_unit_test(an_early_switch_is_found),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
