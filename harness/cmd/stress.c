/* stress.c: `tmb stress`: maps under random mixes, signals, stalls, failing memory and colliding
 * hashes; ends with a table of promises. */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "load/plugin_loader.h"
#include "stress/stress.h"

#define SEED 20240311 /* of a run that names none */
#define SUBJECTS_MOST 256
#define NAMES_MOST 64
#define SCENARIOS_MOST 16
#define SECONDS_MOST 86400.0

struct name_list {
  const char *name[NAMES_MOST];
  size_t count;
};

struct options {
  struct name_list maps, regions;
  bool selected[SCENARIOS_MOST], any_selected;
  struct stress_options stress;
  char command[2048]; /* of the option stress.command */
  bool json;
  struct subject subject[SUBJECTS_MOST];
  size_t subject_count;
};

enum option_key {
  OPTION_MAP = 256,
  OPTION_REGION,
  OPTION_TIME,
  OPTION_SEED,
  OPTION_THREADS,
  OPTION_ONLY,
  OPTION_EPOCH,
  OPTION_PATIENCE,
  OPTION_PLUGIN_DIR,
  OPTION_JSON,
};

static const struct argp_option option_list[] = {
    {"map", OPTION_MAP, "LIST", 0, "these maps: names or paths such as ./mine.so (all)", 1},
    {"region", OPTION_REGION, "LIST", 0,
     "these regions instead of each map's usual one; all: every one", 1},
    {"only", OPTION_ONLY, "LIST", 0, "only these scenarios", 1},
    {"time", OPTION_TIME, "TIME", 0, "a map and region: 90, 90s, 500ms, 2m (60s)", 1},
    {"threads", OPTION_THREADS, "N", 0, "start at most so many (four a core)", 1},
    {"seed", OPTION_SEED, "N", 0, "keys, tapes and thread counts follow from it", 1},
    {"epoch", OPTION_EPOCH, "N", 0, "play this epoch's tapes again and again", 1},
    {"patience", OPTION_PATIENCE, "TIME", 0,
     "nobody gets on for so long: a claimed promise is broken (5s; 1s when not claimed)", 1},
    {"plugin-dir", OPTION_PLUGIN_DIR, "FOLDER", 0, "also look for plug-ins here, first; repeatable",
     1},
    {"json", OPTION_JSON, NULL, 0, "print the table as JSON", 1},
    {0},
};

static double seconds(const char *text, const char *option, struct argp_state *state)
{
  static const struct {
    const char *unit;
    double seconds;
  } units[] = {{"", 1}, {"s", 1}, {"ms", 1e-3}, {"m", 60}};
  char *end;
  double value = strtod(text, &end);
  for (size_t i = 0; i < sizeof units / sizeof *units; i++)
    if (end != text && strcmp(end, units[i].unit) == 0 && value > 0 &&
        value * units[i].seconds <= SECONDS_MOST)
      return value * units[i].seconds;
  argp_error(state, "--%s=%s: a time such as 90s, 500ms or 2m, up to a day", option, text);
  return 0;
}

static uint64_t number(const char *text, const char *option, uint64_t least, uint64_t most,
                       struct argp_state *state)
{
  char *end;
  errno = 0;
  unsigned long long value = strtoull(text, &end, 10);
  if (text[0] < '0' || text[0] > '9' || *end || errno || value < least || value > most)
    argp_error(state, "--%s=%s: a whole number from %llu to %llu", option, text,
               (unsigned long long)least, (unsigned long long)most);
  return value;
}

/* Splits at commas, in place. */
static void add_names(struct name_list *list, char *names, struct argp_state *state)
{
  char *rest;
  for (char *name = strtok_r(names, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
    if (list->count == NAMES_MOST)
      argp_error(state, "'%s': at most %d of a kind", name, NAMES_MOST);
    list->name[list->count++] = name;
  }
}

static void select_scenarios(struct options *options, char *names, struct argp_state *state)
{
  char *rest;
  for (char *name = strtok_r(names, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
    size_t i = 0;
    while (scenarios[i].name && strcmp(scenarios[i].name, name) != 0)
      i++;
    if (!scenarios[i].name)
      argp_error(state, "--only=%s: no such scenario: `tmb stress --help` lists them", name);
    options->selected[i] = options->any_selected = true;
  }
}

/* Options that the command which repeats an epoch must have too. */
static void add_to_command(struct options *options, const char *option, const char *value)
{
  size_t n = strlen(options->command);
  snprintf(options->command + n, sizeof options->command - n, " --%s=%s", option, value);
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
  struct options *options = state->input;
  struct stress_options *stress = &options->stress;
  switch (key) {
  case OPTION_MAP:
    add_names(&options->maps, argument, state);
    return 0;
  case OPTION_REGION:
    add_names(&options->regions, argument, state);
    return 0;
  case OPTION_ONLY:
    select_scenarios(options, argument, state);
    return 0;
  case OPTION_TIME:
    stress->time_s = seconds(argument, "time", state);
    return 0;
  case OPTION_SEED:
    stress->seed = number(argument, "seed", 0, INT64_MAX, state);
    return 0;
  case OPTION_THREADS:
    stress->threads = (unsigned)number(argument, "threads", 1, BOARD_SEATS, state);
    return 0;
  case OPTION_EPOCH:
    stress->epoch = (int64_t)number(argument, "epoch", 0, INT64_MAX, state);
    return 0;
  case OPTION_PATIENCE:
    stress->patience_s = seconds(argument, "patience", state);
    add_to_command(options, "patience", argument);
    return 0;
  case OPTION_PLUGIN_DIR:
    plugin_add_folder(argument);
    add_to_command(options, "plugin-dir", argument);
    return 0;
  case OPTION_JSON:
    options->json = true;
    return 0;
  case ARGP_KEY_ARG:
    argp_error(state, "no arguments are expected, got '%s'", argument);
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

/* The scenarios, behind the options. */
static char *help_filter(int key, const char *text, void *input)
{
  (void)input;
  if (key != ARGP_KEY_HELP_POST_DOC)
    return (char *)(uintptr_t)text;
  char *help = NULL;
  size_t size;
  FILE *out = open_memstream(&help, &size);
  if (!out)
    return (char *)(uintptr_t)text;
  fputs("Scenarios:\n", out);
  for (size_t i = 0; scenarios[i].name; i++)
    fprintf(out, "  %-15s %s\n  %-15s -> %s\n", scenarios[i].name, scenarios[i].does, "",
            scenarios[i].shows);
  fputs("\nExit codes: 0 every claimed promise holds, 1 one is refuted, 3 one was tried in vain,\n"
        "4 usage, input or tool error.",
        out);
  fclose(out);
  return help;
}

static const struct argp parser = {
    option_list, parse_option,
    NULL,        "Puts maps under stress and says which of their promises hold.\v ",
    NULL,        help_filter,
    NULL};

/* ---- subjects ---- */

static int say(const char *sentence)
{
  fprintf(stderr, "tmb stress: %s\n", sentence);
  return EXIT_ERROR;
}

struct search {
  uint32_t kind;
  struct name_list *names;
};

static void add_found(void *arg, const char *path, const union plugin_table *table,
                      const char *error)
{
  (void)path, (void)error; /* `tmb list` says what was refused */
  struct search *search = arg;
  bool wanted = table && table->head.kind == search->kind &&
                !(search->kind == PLUGIN_MAP && table->head.promises & MAP_IS_BASELINE);
  if (wanted && search->names->count < NAMES_MOST)
    search->names->name[search->names->count++] = table->head.name;
}

static bool is_all(const struct name_list *names)
{
  return names->count == 1 && strcmp(names->name[0], "all") == 0;
}

static void find_all(struct name_list *names, uint32_t kind)
{
  names->count = 0;
  plugin_each(add_found, &(struct search){.kind = kind, .names = names});
}

static bool add_subject(struct options *options, const union plugin_table *map,
                        const char *map_name, const char *region_name, char *error)
{
  const union plugin_table *region = plugin_load(region_name, PLUGIN_REGION, error);
  if (!region)
    return false;
  if (options->subject_count == SUBJECTS_MOST) {
    snprintf(error, PLUGIN_ERROR_BYTES, "more than %d maps times regions", SUBJECTS_MOST);
    return false;
  }
  options->subject[options->subject_count++] = (struct subject){.map = &map->map,
                                                                .region = &region->region,
                                                                .map_name = map_name,
                                                                .region_name = region_name};
  return true;
}

static bool add_map(struct options *options, const char *name, char *error)
{
  const union plugin_table *map = plugin_load(name, PLUGIN_MAP, error);
  if (!map)
    return false;
  if (map->head.promises & MAP_IS_BASELINE) {
    snprintf(error, PLUGIN_ERROR_BYTES,
             "%s is a baseline: it promises nothing that could be tested", name);
    return false;
  }
  const struct name_list *regions = &options->regions;
  if (regions->count == 0 || !(map->head.promises & MAP_USES_REGION))
    return add_subject(options, map, name,
                       map->map.usual_region ? map->map.usual_region : "region_shared", error);
  for (size_t i = 0; i < regions->count; i++)
    if (!add_subject(options, map, name, regions->name[i], error))
      return false;
  return true;
}

static bool find_subjects(struct options *options, char *error)
{
  if (options->maps.count == 0 || is_all(&options->maps))
    find_all(&options->maps, PLUGIN_MAP);
  if (is_all(&options->regions))
    find_all(&options->regions, PLUGIN_REGION);
  for (size_t i = 0; i < options->maps.count; i++)
    if (!add_map(options, options->maps.name[i], error))
      return false;
  if (options->subject_count == 0)
    snprintf(error, PLUGIN_ERROR_BYTES, "no map was found: `tmb list` shows what there is");
  return options->subject_count > 0;
}

static unsigned usual_threads(void)
{
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  return cores > 0 && cores < BOARD_SEATS / 4 ? 4 * (unsigned)cores : BOARD_SEATS;
}

static int run(struct options *options)
{
  struct stress_options *stress = &options->stress;
  struct stress_report report;
  bool printed = false;
  if (stress_run(stress, &report)) {
    if (options->json)
      printed = stress_report_print_json(&report, stress, stdout);
    else
      stress_report_print(&report, stress, stdout);
    printed = (printed || !options->json) && fflush(stdout) == 0 && !ferror(stdout);
  }
  int code = !printed                            ? say("the table was not written: no memory?")
             : report.error[0]                   ? say(report.error)
             : stress_report_wrong(&report)      ? EXIT_WRONG
             : stress_report_incomplete(&report) ? EXIT_INCOMPLETE
                                                 : EXIT_GOOD;
  stress_report_fini(&report);
  return code;
}

int cmd_stress(int argc, char **argv)
{
  static struct options options;
  options.stress = (struct stress_options){.time_s = 60,
                                           .seed = SEED,
                                           .threads = usual_threads(),
                                           .epoch = -1,
                                           .patience_s = 5,
                                           .progress = stderr};
  snprintf(options.command, sizeof options.command, "tmb stress");
  argp_parse(&parser, argc, argv, 0, NULL, &options);
  char error[PLUGIN_ERROR_BYTES];
  if (!find_subjects(&options, error))
    return say(error);
  options.stress.subjects = options.subject;
  options.stress.subject_count = options.subject_count;
  options.stress.selected = options.any_selected ? options.selected : NULL;
  options.stress.command = options.command;
  return run(&options);
}
