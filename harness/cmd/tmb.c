/* tmb.c: the program: a table of verbs. */
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/version.h"

static const struct verb {
  const char *name;
  int (*run)(int argc, char **argv);
  const char *does;
} verbs[] = {
    {"list", cmd_list, "plug-ins found, and what each promises"},
    {"bench", cmd_bench, "measure: a matrix of points, a process each, then the report"},
    {"check", cmd_check, "are recorded histories linearizable?"},
    {"corpus", cmd_corpus, "recorded puts of real programs: import them, look at them"},
    {"memory", cmd_memory, "latency and bandwidth of this machine's memory, measured"},
    {"doctor", cmd_doctor, "is this machine fit to measure on, and what to change"},
    {"half", cmd_half, "measure one half of a pair of the gate in this process"},
    {"point", cmd_point, "measure one point in this process (what bench starts)"},
    {"gate", cmd_gate, "did a change make a map or the harness slower?"},
    {"report", cmd_report, "show runs: tables, pictures and a page"},
    {"stress", cmd_stress, "maps under signals, stalls, failing memory: which promises hold"},
    {"sweep", cmd_sweep, "the highest rate at which a map keeps p99.9 under a bound"},
    {"topology", cmd_topology, "the machine, and where threads would be placed on it"},
};

#define VERBS (sizeof verbs / sizeof *verbs)

static void usage(FILE *out)
{
  fputs("Usage: tmb VERB [OPTION...]\n\n", out);
  for (size_t i = 0; i < VERBS; i++)
    fprintf(out, "  %-9s %s\n", verbs[i].name, verbs[i].does);
  fputs("\n`tmb VERB --help` lists a verb's options.\n"
        "Exit codes: 0 good, 1 wrong map or regression, 2 inconclusive, 3 incomplete or unfit\n"
        "machine, 4 usage, input or tool error.\n",
        out);
}

int main(int argc, char **argv)
{
  argp_err_exit_status = EXIT_ERROR;
  if (argc < 2) {
    usage(stderr);
    return EXIT_ERROR;
  }
  if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
    usage(stdout);
    return EXIT_GOOD;
  }
  if (strcmp(argv[1], "--version") == 0) {
    printf("tmb %s (%s, %s)\n", TMB_VERSION, tmb_commit, tmb_build);
    return EXIT_GOOD;
  }
  for (size_t i = 0; i < VERBS; i++) {
    if (strcmp(argv[1], verbs[i].name) != 0)
      continue;
    char name[64];
    snprintf(name, sizeof name, "tmb %s", verbs[i].name);
    argv[1] = name;
    return verbs[i].run(argc - 1, argv + 1);
  }
  fprintf(stderr, "tmb: no verb '%s': `tmb --help` lists them\n", argv[1]);
  return EXIT_ERROR;
}
