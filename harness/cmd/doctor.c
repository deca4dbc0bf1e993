/* doctor.c: `tmb doctor`: is this machine fit to measure on, and what to change. */
#include <argp.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/commands.h"
#include "cmd/machine.h"

#define INTERVAL_S 1.0
#define LINE_MOST 100
#define INDENT 4

struct options {
  const char *root;
  bool json, strict;
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
  struct options *options = state->input;
  struct stat folder;
  switch (key) {
  case 'j':
    options->json = true;
    return 0;
  case 's':
    options->strict = true;
    return 0;
  case 'r':
    options->root = argument;
    if (stat(argument, &folder) != 0 || !S_ISDIR(folder.st_mode))
      argp_error(state, "--root=%s: not a folder; it is to hold copies of /proc and /sys",
                 argument);
    return 0;
  case ARGP_KEY_ARG:
    argp_error(state, "no arguments are expected, got '%s'", argument);
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp_option option_list[] = {
    {"json", 'j', NULL, 0, "print JSON, as in a run's machine.json", 0},
    {"strict", 's', NULL, 0, "exit 3 when something spoils measurements", 0},
    {"root", 'r', "FOLDER", 0, "look at another machine: copies of its /proc and /sys in here", 0},
    {0},
};

static const struct argp parser = {
    option_list,
    parse_option,
    NULL,
    "Is this machine fit to measure on? Says what was found, what it does to a measurement and how "
    "to change it. `!` spoils: figures of the same thing differ; `-` limits: figures hold, with "
    "care.\v"
    "Watches for a second how busy the machine is. Nothing is changed. Exit codes: 0; 3 with "
    "--strict when something spoils measurements.",
    NULL,
    NULL,
    NULL};

/* Broken at blanks, each line indented. */
static void print_wrapped(const char *text)
{
  size_t column = 0;
  while (*text) {
    size_t width = strcspn(text, " ");
    if (column == 0 || column + 1 + width > LINE_MOST) {
      printf("%s%*s", column ? "\n" : "", INDENT, "");
      column = INDENT;
    } else {
      putchar(' ');
      column++;
    }
    printf("%.*s", (int)width, text);
    column += width;
    text += width;
    text += *text == ' ';
  }
  putchar('\n');
}

static void print_facts(const struct machine_facts *facts)
{
  size_t widest = 0, i;
  for (i = 0; i < facts->count; i++)
    if (strlen(facts->fact[i].name) > widest)
      widest = strlen(facts->fact[i].name);
  for (i = 0; i < facts->count; i++) {
    static const char mark[] = {
        [MACHINE_FINE] = ' ', [MACHINE_LIMITS] = '-', [MACHINE_SPOILS] = '!'};
    const struct machine_fact *fact = &facts->fact[i];
    printf("%c %-*s  %s\n", mark[fact->severity], (int)widest, fact->name, fact->value);
    if (fact->severity == MACHINE_FINE)
      continue;
    char change[sizeof fact->remedy + 32];
    print_wrapped(fact->effect);
    snprintf(change, sizeof change, "To change it: %s", fact->remedy);
    print_wrapped(change);
  }
  size_t spoils = machine_facts_count(facts, MACHINE_SPOILS);
  size_t limits = machine_facts_count(facts, MACHINE_LIMITS) - spoils;
  printf("\n%zu spoil%s measurements here (!), %zu limit%s them (-)\n", spoils,
         spoils == 1 ? "s" : "", limits, limits == 1 ? "s" : "");
}

static int fail(const char *sentence)
{
  fprintf(stderr, "tmb doctor: %s\n", sentence);
  return EXIT_ERROR;
}

int cmd_doctor(int argc, char **argv)
{
  struct options options = {.root = ""};
  argp_parse(&parser, argc, argv, 0, NULL, &options);
  struct machine_facts facts;
  machine_read(options.root, INTERVAL_S, &facts);
  if (options.json) {
    json_t *json = machine_facts_json(&facts);
    if (!json)
      return fail("no memory for the JSON");
    json_dumpf(json, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(json);
  } else {
    print_facts(&facts);
  }
  if (fflush(stdout) != 0 || ferror(stdout))
    return fail("standard output cannot be written");
  return options.strict && machine_facts_count(&facts, MACHINE_SPOILS) ? EXIT_INCOMPLETE
                                                                       : EXIT_GOOD;
}
