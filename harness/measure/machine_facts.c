/* machine_facts.c: one function a fact, in the order in which they are printed. A concern says what
 * the fact does to a measurement, then the command that changes it. */
#include "measure/machine_facts.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "measure/container_limits.h"
#include "measure/system_file.h"

#define GIB ((double)(1 << 30))
#define NOT_AVAILABLE "not available here"

/* ---- noting facts ---- */

static struct machine_fact *add(struct machine_facts *facts, const char *name)
{
  if (facts->count == MACHINE_FACTS_MOST)
    abort(); /* raise MACHINE_FACTS_MOST */
  struct machine_fact *fact = &facts->fact[facts->count++];
  *fact = (struct machine_fact){.name = name, .value = NOT_AVAILABLE};
  return fact;
}

static void set_text(struct machine_fact *fact, const char *text)
{
  snprintf(fact->value, sizeof fact->value, "%s", text);
  for (char *p = fact->value; *p; p++)
    if (*p < ' ' || *p > '~')
      *p = '?';
}

static void set_number(struct machine_fact *fact, double number, int decimals)
{
  snprintf(fact->value, sizeof fact->value, "%.*f", decimals, number);
  fact->is_number = true;
}

static void identify(struct machine_fact *fact)
{
  memcpy(fact->identity, fact->value, sizeof fact->identity);
}

__attribute__((format(printf, 2, 3))) static void concern(struct machine_fact *fact,
                                                          const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(fact->concern, sizeof fact->concern, format, arguments);
  va_end(arguments);
}

/* ---- lists of CPUs: "0-3,8" ---- */

enum { CPUS_MOST = 8192 };

/* The next CPU of a list; *list moves on. -1: the end. `*last` is the end of the range that the walk
 * is in, `*next` the CPU to give; both start at 0 and -1. */
struct cpu_walk {
  const char *rest;
  long next, last;
};

static struct cpu_walk walk_cpus(const char *list)
{
  return (struct cpu_walk){.rest = list, .next = 0, .last = -1};
}

static long next_cpu(struct cpu_walk *walk)
{
  if (walk->next > walk->last) {
    char *end;
    walk->next = strtol(walk->rest, &end, 10);
    if (end == walk->rest)
      return -1;
    walk->last = walk->next;
    if (*end == '-')
      walk->last = strtol(end + 1, &end, 10);
    walk->rest = *end == ',' ? end + 1 : end;
    if (walk->next < 0 || walk->last < walk->next || walk->last >= CPUS_MOST)
      return -1;
  }
  return walk->next++;
}

static unsigned count_cpus(const char *list)
{
  struct cpu_walk walk = walk_cpus(list);
  unsigned count = 0;
  while (next_cpu(&walk) >= 0)
    count++;
  return count;
}

/* ---- the facts ---- */

static void note_processor(const char *root, struct machine_facts *facts)
{
  char text[8192], value[160], part[32];
  struct machine_fact *fact = add(facts, "processor");
  system_file_text(root, "/proc/cpuinfo", text, sizeof text);
  if (system_file_field(text, "model name", value, sizeof value)) {
    set_text(fact, value);
  } else if (system_file_field(text, "CPU implementer", value, sizeof value)) { /* Arm */
    system_file_field(text, "CPU part", part, sizeof part);
    snprintf(fact->value, sizeof fact->value, "implementer %.30s part %.30s", value, part);
    set_text(fact, memcpy(value, fact->value, sizeof value));
  }
  identify(fact);
}
