/* machine_facts.c: the list of facts: noting them, and what is made of them. */
#include "measure/machine_facts.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "measure/machine_note.h"

enum { CPUS_MOST = 8192 };

/* Beyond it a number is not one of a machine, and JSON readers may not take its digits. */
static const double MOST_NUMBER = 1e15;

struct machine_fact *note_fact(struct machine_facts *facts, const char *name)
{
  if (facts->count == MACHINE_FACTS_MOST)
    abort(); /* a mistake in this room: raise MACHINE_FACTS_MOST */
  struct machine_fact *fact = &facts->fact[facts->count++];
  *fact = (struct machine_fact){.name = name, .value = "not exposed here"};
  return fact;
}

void note_text(struct machine_fact *fact, const char *text)
{
  snprintf(fact->value, sizeof fact->value, "%s", text);
  for (char *p = fact->value; *p; p++)
    if (*p < ' ' || *p > '~')
      *p = '?';
}

void note_number(struct machine_fact *fact, double number, int decimals)
{
  if (!(fabs(number) < MOST_NUMBER)) /* from a damaged file */
    return;
  snprintf(fact->value, sizeof fact->value, "%.*f", decimals, number);
  fact->is_number = true;
}

void note_identity(struct machine_fact *fact)
{
  memcpy(fact->identity, fact->value, sizeof fact->identity);
}

void note_effect(struct machine_fact *fact, enum machine_severity severity, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(fact->effect, sizeof fact->effect, format, arguments);
  va_end(arguments);
  fact->severity = severity;
}

void note_remedy(struct machine_fact *fact, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(fact->remedy, sizeof fact->remedy, format, arguments);
  va_end(arguments);
}

struct cpu_walk walk_cpus(const char *list)
{
  return (struct cpu_walk){.rest = list, .next = 0, .last = -1};
}

long next_cpu(struct cpu_walk *walk)
{
  if (walk->next > walk->last) {
    char *end;
    walk->next = strtol(walk->rest, &end, 10);
    if (end == walk->rest)
      return -1;
    walk->last = walk->next;
    if (*end == '-')
      walk->last = strtol(end + 1, &end, 10);
    walk->rest = *end == ',' ? end + 1 : "";
    if (walk->next < 0 || walk->last < walk->next || walk->last >= CPUS_MOST) {
      *walk = walk_cpus("");
      return -1;
    }
  }
  return walk->next++;
}

void machine_facts_read(const char *root, struct machine_facts *facts)
{
  facts->count = 0;
  note_what_it_is(root, facts);
  note_how_it_is_set(root, facts);
  note_how_busy_it_is(root, facts);
}

const struct machine_fact *machine_facts_find(const struct machine_facts *facts, const char *name)
{
  for (size_t i = 0; i < facts->count; i++)
    if (strcmp(facts->fact[i].name, name) == 0)
      return &facts->fact[i];
  return NULL;
}

bool machine_facts_emulated(const struct machine_facts *facts)
{
  const struct machine_fact *fact = machine_facts_find(facts, "emulated");
  return fact && strcmp(fact->value, "yes") == 0;
}

size_t machine_facts_count(const struct machine_facts *facts, enum machine_severity least)
{
  size_t count = 0;
  for (size_t i = 0; i < facts->count; i++)
    count += facts->fact[i].severity >= least;
  return count;
}

const char *machine_severity_name(enum machine_severity severity)
{
  static const char *const name[] = {"fine", "limits", "spoils"};
  return name[severity];
}

void machine_facts_fingerprint(const struct machine_facts *facts,
                               char text[MACHINE_FINGERPRINT_BYTES])
{
  XXH64_hash_t hash = 0;
  for (size_t i = 0; i < facts->count; i++) {
    const struct machine_fact *fact = &facts->fact[i];
    if (fact->identity[0] == '\0')
      continue;
    hash = XXH3_64bits_withSeed(fact->name, strlen(fact->name), hash);
    hash = XXH3_64bits_withSeed(fact->identity, strlen(fact->identity), hash);
  }
  snprintf(text, MACHINE_FINGERPRINT_BYTES, "%016" PRIx64, hash);
}

static json_t *fact_json(const struct machine_fact *fact)
{
  json_t *value =
      fact->is_number ? json_loads(fact->value, JSON_DECODE_ANY, NULL) : json_string(fact->value);
  if (fact->severity == MACHINE_FINE)
    return json_pack("{s:s, s:o, s:s, s:n, s:n, s:n}", "name", fact->name, "value", value,
                     "severity", machine_severity_name(fact->severity), "effect", "remedy",
                     "concern");
  char concern[sizeof fact->effect + sizeof fact->remedy + 32];
  snprintf(concern, sizeof concern, "%s To change it: %s", fact->effect, fact->remedy);
  return json_pack("{s:s, s:o, s:s, s:s, s:s, s:s}", "name", fact->name, "value", value, "severity",
                   machine_severity_name(fact->severity), "effect", fact->effect, "remedy",
                   fact->remedy, "concern", concern);
}

json_t *machine_facts_json(const struct machine_facts *facts)
{
  char fingerprint[MACHINE_FINGERPRINT_BYTES];
  machine_facts_fingerprint(facts, fingerprint);
  json_t *list = json_array();
  for (size_t i = 0; list && i < facts->count; i++) {
    if (json_array_append_new(list, fact_json(&facts->fact[i])) != 0) {
      json_decref(list);
      return NULL;
    }
  }
  return json_pack("{s:i, s:s, s:o}", "v", 1, "fingerprint", fingerprint, "facts", list);
}
