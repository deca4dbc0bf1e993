/* commands.h: the verbs of tmb, a file each. A verb gets argv[0] = "tmb <verb>" and returns the
 * exit code: 0 good, 1 wrong map or regression, 2 inconclusive, 3 incomplete or unfit machine, 4
 * usage, input or tool error. */
#ifndef TMB_COMMANDS_H
#define TMB_COMMANDS_H

enum exit_code {
  EXIT_GOOD = 0,
  EXIT_WRONG = 1,
  EXIT_INCONCLUSIVE = 2,
  EXIT_INCOMPLETE = 3,
  EXIT_ERROR = 4,
};

int cmd_bench(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_corpus(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_gate(int argc, char **argv);
int cmd_half(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_memory(int argc, char **argv);
int cmd_point(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_stress(int argc, char **argv);
int cmd_sweep(int argc, char **argv);
int cmd_topology(int argc, char **argv);

#endif
