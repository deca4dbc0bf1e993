/* place_text.c: see place_text.h. */
#include "place/place_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "place/placement.h"

#define FAIL(error, number, ...) (snprintf((error), TOPOLOGY_ERROR_BYTES, __VA_ARGS__), -(number))

/* A decimal number from 0 to PLACE_CPU_MOST; moves *at behind it. */
static bool read_number(const char **at, unsigned *number)
{
  const char *digit = *at;
  *number = 0;
  for (; *digit >= '0' && *digit <= '9' && *number <= PLACE_CPU_MOST; digit++)
    *number = *number * 10 + (unsigned)(*digit - '0');
  bool good = digit != *at && *number <= PLACE_CPU_MOST;
  *at = digit;
  return good;
}

/* "3" or "3-7"; moves *at behind it. */
static bool read_range(const char **at, unsigned *first, unsigned *last)
{
  if (!read_number(at, first))
    return false;
  *last = *first;
  if (**at != '-')
    return true;
  ++*at;
  return read_number(at, last) && *first <= *last;
}

static int read_cpus(struct place_part *part, const char *list, char *error)
{
  unsigned char *seen = calloc(PLACE_CPU_MOST + 1, 1);
  part->cpus = malloc((PLACE_CPU_MOST + 1) * sizeof *part->cpus);
  if (!seen || !part->cpus) {
    free(seen);
    return FAIL(error, ENOMEM, "no memory for the list of CPUs");
  }
  int status = 0;
  const char *at = list;
  do {
    unsigned first, last;
    if (!read_range(&at, &first, &last) || (*at != ',' && *at != '\0')) {
      status = FAIL(error, EINVAL,
                    "cpus:%.200s: not a list of CPUs at byte %zu: write numbers and rising ranges "
                    "up to %d, as in cpus:0,4,8-11",
                    list, (size_t)(at - list) + sizeof "cpus:", PLACE_CPU_MOST);
      break;
    }
    for (unsigned cpu = first; cpu <= last && status == 0; cpu++) {
      if (seen[cpu])
        status = FAIL(error, EINVAL, "cpus:%.200s: CPU %u is in the list twice", list, cpu);
      else
        part->cpus[part->cpu_count++] = cpu;
      seen[cpu] = 1;
    }
  } while (status == 0 && *at++ == ',');
  free(seen);
  return status;
}

static int read_part(struct place_part *part, const char *text, bool alone, char *error)
{
  static const struct {
    const char *name;
    enum place_kind kind;
  } order[] = {{"compact", PLACE_COMPACT},
               {"scatter", PLACE_SCATTER},
               {"cores-first", PLACE_CORES_FIRST},
               {"smt-first", PLACE_SMT_FIRST},
               {"none", PLACE_NONE}};
  for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
    if (strcmp(text, order[i].name) != 0)
      continue;
    if (!alone)
      return FAIL(error, EINVAL,
                  "%s is about the whole machine: only node:N and cpus:LIST can be joined with "
                  "'+'",
                  text);
    part->kind = order[i].kind;
    return 0;
  }
  if (strncmp(text, "node:", 5) == 0) {
    const char *at = text + 5;
    part->kind = PLACE_NODE;
    if (read_number(&at, &part->node) && *at == '\0')
      return 0;
    return FAIL(error, EINVAL, "%.200s: a node is a number, as in node:0", text);
  }
  if (strncmp(text, "cpus:", 5) == 0) {
    part->kind = PLACE_CPUS;
    return read_cpus(part, text + 5, error);
  }
  return FAIL(error, EINVAL,
              "\"%.200s\" is no placement: there are " PLACEMENT_SPELLINGS
              ", and node:N and cpus:LIST joined with '+'",
              text);
}

int place_text_init(struct place_text *self, const char *text, char *error)
{
  *self = (struct place_text){0};
  char copy[PLACEMENT_TEXT_BYTES];
  if (strlen(text) >= sizeof copy)
    return FAIL(error, EINVAL,
                "a placement of %zu bytes: at most %zu; write ranges, as in cpus:0-7", strlen(text),
                sizeof copy - 1);
  memcpy(copy, text, strlen(text) + 1);
  bool alone = strchr(copy, '+') == NULL;
  int status = 0;
  char *rest = copy, *part;
  while (status == 0 && (part = strsep(&rest, "+")) != NULL) {
    if (self->parts == PLACE_PARTS_MOST)
      status = FAIL(error, EINVAL, "%s: at most %d parts", text, PLACE_PARTS_MOST);
    else
      status = read_part(&self->part[self->parts++], part, alone, error);
  }
  if (status != 0)
    place_text_fini(self);
  return status;
}

void place_text_fini(struct place_text *self)
{
  for (unsigned i = 0; i < self->parts; i++)
    free(self->part[i].cpus);
  *self = (struct place_text){0};
}
