/* list.c: `tmb list`: the plug-ins found, what each promises and offers, what was refused, and the
 * profiles that come with the program. */
#include <argp.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/run_context.h"
#include "load/plugin_loader.h"

struct options {
  const char *extra[16];
  size_t extra_count;
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
  struct options *options = state->input;
  switch (key) {
  case 'd':
    plugin_add_folder(argument);
    return 0;
  case 'm':
    if (options->extra_count == sizeof options->extra / sizeof *options->extra)
      argp_error(state, "at most 16 --map");
    options->extra[options->extra_count++] = argument;
    return 0;
  case ARGP_KEY_ARG:
    argp_error(state, "no arguments are expected, got '%s'", argument);
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp_option option_list[] = {
    {"plugin-dir", 'd', "FOLDER", 0, "also look for plug-ins here, first", 0},
    {"map", 'm', "FILE", 0, "also show this plug-in; repeatable", 0},
    {0},
};

static const struct argp parser = {
    option_list, parse_option,
    NULL,        "Lists maps, regions and workloads, with what they promise, and profiles.",
    NULL,        NULL,
    NULL};

struct promise_word {
  uint32_t promise;
  const char *word;
};

static const struct promise_word map_words[] = {
    {MAP_LOCK_FREE, "lock-free"},     {MAP_DENSE_IDS, "dense-ids"},
    {MAP_ORDERED_IDS, "ordered-ids"}, {MAP_ASYNC_SIGNAL_SAFE, "async-signal-safe"},
    {MAP_USES_REGION, "uses-region"}, {MAP_IS_BASELINE, "baseline"},
    {MAP_INCREMENTAL, "incremental"}, {MAP_RESET_GIVES_BACK, "reset-gives-back"},
};

static const struct promise_word region_words[] = {
    {REGION_LOCK_FREE, "lock-free"},
    {REGION_ASYNC_SIGNAL_SAFE, "async-signal-safe"},
};

static void print_promises(uint32_t promises, const struct promise_word *words, size_t count)
{
  const char *separator = "promises: ";
  for (size_t i = 0; i < count; i++) {
    if (!(promises & words[i].promise))
      continue;
    printf("%s%s", separator, words[i].word);
    separator = ", ";
  }
  if (strcmp(separator, ", ") != 0)
    printf("promises nothing");
}

/* What a reader compares maps by, said of every map whether it is so or not. */
static void print_traits(const struct map_plugin *map)
{
  const uint32_t promises = map->head.promises;
  printf("      %s; %slock-free; %sasync-signal-safe; memory %sgiven back on reset\n",
         map->library ? map->library : "no library", promises & MAP_LOCK_FREE ? "" : "not ",
         promises & MAP_ASYNC_SIGNAL_SAFE ? "" : "not ",
         promises & MAP_RESET_GIVES_BACK ? "" : "not ");
}

static void print_map(const struct map_plugin *map)
{
  print_traits(map);
  printf("      ");
  print_promises(map->head.promises, map_words, sizeof map_words / sizeof *map_words);
  printf("; region: %s", map->usual_region ? map->usual_region : "region_shared");
  const struct {
    bool missing;
    const char *call;
  } optional[] = {{!map->lookup, "lookup"},
                  {!map->steal_id, "steal_id"},
                  {!map->reset, "reset"},
                  {!map->visit, "visit"},
                  {!map->stats, "stats"}};
  const char *separator = "; without ";
  for (size_t i = 0; i < sizeof optional / sizeof *optional; i++) {
    if (optional[i].missing) {
      printf("%s%s", separator, optional[i].call);
      separator = ", ";
    }
  }
  putchar('\n');
}

static void print_workload(const struct workload_plugin *workload)
{
  const struct workload_parameter *parameter = workload->parameters;
  for (; parameter && parameter->name; parameter++)
    printf("      --param %s=%g  (%g to %g) %s\n", parameter->name, parameter->initial,
           parameter->least, parameter->most, parameter->meaning);
}

struct listing {
  uint32_t kind;
  unsigned refused;
};

static void print_plugin(void *arg, const char *path, const union plugin_table *table,
                         const char *error)
{
  struct listing *listing = arg;
  if (!table) {
    if (listing->kind == PLUGIN_MAP) { /* once, not for each kind */
      fprintf(stderr, "tmb list: refused: %s\n", error);
      listing->refused++;
    }
    return;
  }
  (void)path;
  if (table->head.kind != listing->kind)
    return;
  printf("  %-17s %s\n", table->head.name, table->head.summary);
  if (table->head.kind == PLUGIN_MAP)
    print_map(&table->map);
  else if (table->head.kind == PLUGIN_WORKLOAD)
    print_workload(&table->workload);
  else {
    printf("      ");
    print_promises(table->head.promises, region_words, sizeof region_words / sizeof *region_words);
    putchar('\n');
  }
}

static void print_profile(void *arg, const char *name, const char *path)
{
  json_t *profile = json_load_file(path, 0, NULL);
  const char *summary = json_string_value(json_object_get(profile, "summary"));
  (void)arg;
  printf("  %-17s %s\n", name, summary ? summary : "no summary");
  json_decref(profile);
}

int cmd_list(int argc, char **argv)
{
  struct options options = {0};
  argp_parse(&parser, argc, argv, 0, NULL, &options);
  static const char *const titles[] = {
      [PLUGIN_MAP] = "maps", [PLUGIN_REGION] = "regions", [PLUGIN_WORKLOAD] = "workloads"};
  unsigned refused = 0;
  for (uint32_t kind = PLUGIN_MAP; kind <= PLUGIN_WORKLOAD; kind++) {
    struct listing listing = {.kind = kind};
    printf("%s\n", titles[kind]);
    plugin_each(print_plugin, &listing);
    for (size_t i = 0; i < options.extra_count; i++) {
      char error[PLUGIN_ERROR_BYTES];
      const union plugin_table *table = plugin_load(options.extra[i], 0, error);
      print_plugin(&listing, options.extra[i], table, error);
    }
    refused += listing.refused;
  }
  puts("profiles");
  run_context_each_profile(print_profile, NULL);
  return refused ? EXIT_ERROR : EXIT_GOOD;
}
