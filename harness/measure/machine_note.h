/* machine_note.h: how facts are noted; shared by the files that find them, for this room only. */
#ifndef TMB_MACHINE_NOTE_H
#define TMB_MACHINE_NOTE_H

#include "measure/machine_facts.h"

/* A new fact that reads "not exposed here". */
struct machine_fact *note_fact(struct machine_facts *facts, const char *name);
/* Gives it a value; unprintable bytes become '?'. */
void note_text(struct machine_fact *fact, const char *text);
void note_number(struct machine_fact *fact, double number, int decimals);
/* Makes the value part of the fingerprint. */
void note_identity(struct machine_fact *fact);
/* What it does to a measurement, and how bad that is. */
__attribute__((format(printf, 3, 4))) void
note_effect(struct machine_fact *fact, enum machine_severity severity, const char *format, ...);
/* What to do about it. */
__attribute__((format(printf, 2, 3))) void note_remedy(struct machine_fact *fact,
                                                       const char *format, ...);

/* A walk over a list of CPUs as the kernel writes them: "0-3,8". */
struct cpu_walk {
  const char *rest;
  long next, last; /* of the range that the walk is in */
};
struct cpu_walk walk_cpus(const char *list);
/* The next CPU; -1: the end, or what follows is no list. */
long next_cpu(struct cpu_walk *walk);

/* What a machine is: processor, counts, memory, kernel, hypervisor; and what a container leaves of
 * it. */
void note_what_it_is(const char *root, struct machine_facts *facts);
/* How it is set up. */
void note_how_it_is_set(const char *root, struct machine_facts *facts);
/* How busy it is and was. */
void note_how_busy_it_is(const char *root, struct machine_facts *facts);

#endif
