/* floors_test.c: the limits of the machine in the pictures: which panels have them, and how they
 * and peers look beside the maps. Each failure begins with DISAGREES, which the mutants of the
 * report must bring about. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "made_points.h"
#include "report/pictures.h"
#include "report/run_folder.h"
#include "tests/contract/cmocka_includes.h"

#define agrees(condition)                                                                          \
  do {                                                                                             \
    if (!(condition))                                                                              \
      fail_msg("DISAGREES: %s", #condition);                                                       \
  } while (0)

/* In the order of the legend. */
static const struct {
  const char *map, *title;
  bool baseline, peer;
} maps[] = {
    {"hash_trie", "hash_trie", false, false},
    {"split_line", "split_line", false, false},
    {"wide_trie", "wide_trie", false, false},
    {"a_peer", "a_peer", false, true},
    {"chase_only", "floor: chase_only", true, false},
    {"hash_only", "floor: hash_only", true, false},
    {"id_only", "floor: id_only", true, false},
    {"null_map", "floor: null_map", true, false},
};
#define MAPS (sizeof maps / sizeof *maps)

/* Hits, then inserts, of two numbers of keys. failed: the one of `maps` that has no figures. */
static struct made_points *make(size_t failed)
{
  static const struct failure failure = {"made up", "crash", "gone", 0};
  struct made_points *made = made_points_create();
  for (int inserts = 0; inserts < 2; inserts++)
    for (uint64_t keys = 1000; keys <= 10000; keys *= 10)
      for (size_t m = 0; m < MAPS; m++) {
        enum outcome outcome = inserts && !maps[m].baseline ? OUTCOME_ADDED : OUTCOME_FOUND;
        struct point *point = made_points_add(made, inserts ? "unique_inserts" : "repeated_hits",
                                              outcome, maps[m].map, keys, 100 - 10 * (double)m);
        point->baseline = maps[m].baseline;
        point->library = maps[m].peer ? "a library 1.0" : "";
        point->failure = m == failed ? &failure : NULL;
      }
  return made;
}

static const struct picture *find(const struct pictures *pictures, const char *name)
{
  for (size_t i = 0; i < pictures->count; i++)
    if (strcmp(pictures->items[i].name, name) == 0)
      return &pictures->items[i];
  return NULL;
}

static size_t curve_of(const struct picture *picture, const char *title)
{
  for (size_t i = 0; i < picture->curve_count; i++)
    if (picture->curves[i].title && strcmp(picture->curves[i].title, title) == 0)
      return i;
  return SIZE_MAX;
}

/* How many points of the curve the panel of that workload has. */
static unsigned marks(const struct picture *picture, const char *workload, const char *title)
{
  unsigned count = 0;
  size_t curve = curve_of(picture, title);
  for (size_t i = 0; i < picture->sample_count; i++)
    count += picture->samples[i].curve == curve &&
             !strncmp(picture->panels[picture->samples[i].panel], workload, strlen(workload));
  return count;
}

static void panels_have_the_floors_that_hold_there(void **state)
{
  (void)state;
  struct made_points *made = make(SIZE_MAX);
  struct pictures pictures;
  pictures_init(&pictures, &made->points);
  const struct picture *cost = find(&pictures, "cost");
  agrees(cost && cost->panel_count == 2);
  for (size_t m = 0; m < MAPS; m++) {
    bool of_inserts = strcmp(maps[m].map, "chase_only") != 0;
    bool of_hits = strcmp(maps[m].map, "id_only") != 0;
    agrees(marks(cost, "repeated_hits", maps[m].title) == (of_hits ? 2 : 0));
    agrees(marks(cost, "unique_inserts", maps[m].title) == (of_inserts ? 2 : 0));
  }
  pictures_fini(&pictures);
  made_points_destroy(made);
}

static void no_floor_is_drawn_without_a_figure(void **state)
{
  (void)state;
  struct made_points *made = make(5);
  struct pictures pictures;
  pictures_init(&pictures, &made->points);
  const struct picture *cost = find(&pictures, "cost");
  agrees(cost && curve_of(cost, "floor: hash_only") == SIZE_MAX);
  agrees(marks(cost, "repeated_hits", "floor: chase_only") == 2);
  pictures_fini(&pictures);
  made_points_destroy(made);
}

static void floors_and_peers_look_like_no_own_map(void **state)
{
  (void)state;
  struct made_points *made = make(SIZE_MAX);
  struct pictures pictures;
  pictures_init(&pictures, &made->points);
  const struct picture *cost = find(&pictures, "cost");
  agrees(cost && cost->curve_count == MAPS);
  for (size_t i = 0; i < MAPS; i++) {
    const struct picture_curve *curve = &cost->curves[i];
    agrees(!strcmp(curve->title, maps[i].title));
    const bool is_own = !maps[i].baseline && !maps[i].peer;
    agrees((curve->width < 2) == !is_own);
    agrees((curve->dash != 1) == maps[i].baseline);
    for (size_t j = 0; j < i; j++) {
      const struct picture_curve *other = &cost->curves[j];
      bool both = maps[i].baseline && maps[j].baseline;
      agrees(curve->marker != other->marker);
      agrees(!strcmp(curve->color, other->color) == both);
      agrees(!both || curve->dash != other->dash);
    }
  }
  pictures_fini(&pictures);
  made_points_destroy(made);
}

static void floors_lie_under_the_maps(void **state)
{
  (void)state;
  static const char *const footer[2] = {"", ""};
  char folder[] = "/tmp/floors_test_XXXXXX", path[64], error[RUN_ERROR], line[256];
  assert_non_null(mkdtemp(folder));
  struct made_points *made = make(SIZE_MAX);
  struct pictures pictures;
  pictures_init(&pictures, &made->points);
  const struct picture *cost = find(&pictures, "cost");
  agrees(cost && picture_write(cost, folder, "", footer, error));
  snprintf(path, sizeof path, "%s/cost.vars", folder);
  FILE *vars = fopen(path, "r");
  assert_non_null(vars);
  unsigned found = 0; /* the hits' floors, then its maps; numbers from 1 on */
  while (fgets(line, sizeof line, vars))
    found += !strcmp(line, "panel_lines[1] = ' 5 6 8 1 2 3 4'\n") ||
             !strcmp(line, "panel_marks[1] = ' 5 6 8 1 2 3 4'\n");
  fclose(vars);
  unlink(path);
  snprintf(path, sizeof path, "%s/cost.dat", folder);
  unlink(path);
  rmdir(folder);
  agrees(found == 2);
  pictures_fini(&pictures);
  made_points_destroy(made);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(panels_have_the_floors_that_hold_there),
      cmocka_unit_test(no_floor_is_drawn_without_a_figure),
      cmocka_unit_test(floors_and_peers_look_like_no_own_map),
      cmocka_unit_test(floors_lie_under_the_maps),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
