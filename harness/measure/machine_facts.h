/* machine_facts.h: what this machine is, and what about it spoils a measurement. Recorded with
 * every run as machine.json, shown by `tmb doctor`, printed by reports.
 *
 * All about the machine comes from files in /proc and /sys. What a system does not say reads "not
 * exposed here"; nothing is an error. Not thread-safe for one list of facts.
 */
#ifndef TMB_MACHINE_FACTS_H
#define TMB_MACHINE_FACTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum machine_severity {
  MACHINE_FINE,
  MACHINE_LIMITS, /* figures hold, but fewer can be had, or they need care: more rounds, say */
  MACHINE_SPOILS, /* figures of the same thing differ */
};

struct machine_fact {
  const char *name;   /* [a-z_]+, units in it */
  char value[160];    /* printable ASCII */
  bool is_number;     /* value is one, and is so in JSON */
  char identity[160]; /* its part of the fingerprint; "" when two machines may differ in it */
  enum machine_severity severity;
  char effect[400]; /* sentences: what it does to a measurement; "" when fine */
  char
      remedy[256]; /* the command that changes it, or the words where there is none; "" when fine */
};

enum { MACHINE_FACTS_MOST = 40 };

struct machine_facts {
  size_t count;
  struct machine_fact fact[MACHINE_FACTS_MOST];
};

/* `root` is put before every path: "" for this machine, a folder for a made-up one. */
void machine_facts_read(const char *root, struct machine_facts *facts);

/* NULL: there is no fact of that name. */
const struct machine_fact *machine_facts_find(const struct machine_facts *facts, const char *name);

/* Whether this is an emulated machine, whose times mean nothing. */
bool machine_facts_emulated(const struct machine_facts *facts);

/* What all processors did since the machine started, in the kernel's ticks. */
struct processor_times {
  bool known;
  double busy, steal, all;
};
void processor_times_read(const char *root, struct processor_times *times);

/* Adds how busy the machine was between two looks, when this process did nothing. After
 * machine_facts_read(). */
void machine_facts_note_interval(struct machine_facts *facts, const struct processor_times *before,
                                 const struct processor_times *after);

/* How the measuring program itself was built. */
struct program_build {
  const char *type;              /* of CMake: "Release" */
  const char *sanitizers;        /* "" for none */
  const char *benchmark_library; /* what Google Benchmark says of itself: "release", "debug" */
};
void machine_facts_note_program(struct machine_facts *facts, const struct program_build *build);

/* How many facts are that severe or more. */
size_t machine_facts_count(const struct machine_facts *facts, enum machine_severity least);

/* "fine", "limits", "spoils". */
const char *machine_severity_name(enum machine_severity severity);

enum { MACHINE_FINGERPRINT_BYTES = 17 };

/* 16 hexadecimal digits: a hash of processor, counts of packages, cores, CPUs and nodes, memory to
 * the nearest GiB, kernel release, hypervisor and emulation. Not of what can be changed without
 * another machine. */
void machine_facts_fingerprint(const struct machine_facts *facts,
                               char text[MACHINE_FINGERPRINT_BYTES]);

/* What machine.json holds: {"v", "fingerprint", "facts"}. A new reference; NULL: no memory. */
json_t *machine_facts_json(const struct machine_facts *facts);

#endif
