/* choice_options.c: see choice_options.h. */
#include "cmd/choice_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "place/memory_policy.h"

enum option_key {
  OPTION_WORKLOAD = 1024,
  OPTION_MAP,
  OPTION_REGION,
  OPTION_KIND,
  OPTION_KEYS,
  OPTION_THREADS,
  OPTION_PAGES,
  OPTION_PLACE,
  OPTION_PARAM,
  OPTION_CORPUS,
  OPTION_OPERATIONS,
  OPTION_BLOCK_BYTES,
  OPTION_HUGE_PAGES,
  OPTION_MEM,
  OPTION_MEM_KEYS,
  OPTION_MEM_HISTORY,
  OPTION_SEED,
  OPTION_ARRIVALS,
};

static const struct argp_option option_list[] = {
    {NULL, 0, NULL, 0, "What to measure (lists are separated by commas):", 1},
    {"workload", OPTION_WORKLOAD, "LIST", 0, "only these workloads", 1},
    {"map", OPTION_MAP, "LIST", 0,
     "these maps: names, own, peers, all, or paths such as ./mine.so (own)", 1},
    {"region", OPTION_REGION, "LIST", 0, "these regions instead of each map's usual one", 1},
    {"kind", OPTION_KIND, "LIST", 0, "keys: strings, stacks", 1},
    {"keys", OPTION_KEYS, "LIST", 0, "numbers of distinct keys", 1},
    {"threads", OPTION_THREADS, "LIST", 0, "numbers of threads, or each", 1},
    {"pages", OPTION_PAGES, "LIST", 0, "cold, warm", 1},
    {"place", OPTION_PLACE, "LIST", 0,
     PLACEMENT_SPELLINGS "; node:0+node:1 for a half on each; pairs for every pair of nodes", 1},
    {"param", OPTION_PARAM, "NAME=NUMBER", 0, "a workload's parameter; repeatable", 1},
    {"corpus", OPTION_CORPUS, "FILE", 0, "what replay replays", 1},
    {"operations", OPTION_OPERATIONS, "N", 0, "timed operations a thread, where there is a choice",
     1},
    {"block-bytes", OPTION_BLOCK_BYTES, "N", 0, "size of a region's blocks (65536)", 1},
    {"huge-pages", OPTION_HUGE_PAGES, NULL, 0,
     "ask for huge pages under the regions; huge_page_bytes says what came", 1},
    {"arrivals", OPTION_ARRIVALS, "fixed|poisson", 0,
     "in an open loop: evenly spaced or at random (poisson)", 1},
    {"mem", OPTION_MEM, "LIST", 0, "nodes of the regions' pages: " MEMORY_SPELLINGS, 1},
    {"mem-keys", OPTION_MEM_KEYS, "POLICY", 0,
     "the same for keys, tapes and results; local: each worker's tape on its node", 1},
    {"mem-history", OPTION_MEM_HISTORY, "POLICY", 0, "the same for what --record records", 1},
    {"seed", OPTION_SEED, "N", 0, "keys, orders and the shuffling of points follow from it", 1},
    {0},
};

void choice_options_add(struct choice_list *list, const char *item, struct argp_state *state)
{
  if (list->count == CHOICES_MOST)
    argp_error(state, "'%s': at most %d of a kind", item, CHOICES_MOST);
  list->item[list->count++] = item;
}

void choice_options_split(struct choice_list *list, char *items, struct argp_state *state)
{
  char *rest;
  for (char *item = strtok_r(items, ",", &rest); item; item = strtok_r(NULL, ",", &rest))
    choice_options_add(list, item, state);
}

/* The same, but "interleave:0,2-3" and "cpus:0,2,4-7" are one item: none but a list of numbers goes
 * on with a digit. */
static void add_listed(struct choice_list *list, char *items, struct argp_state *state)
{
  while (items) {
    char *end = strchr(items, ',');
    while (end && end[1] >= '0' && end[1] <= '9')
      end = strchr(end + 1, ',');
    if (end)
      *end++ = '\0';
    choice_options_add(list, items, state);
    items = end;
  }
}

double choice_options_seconds(const char *text, const char *option, struct argp_state *state)
{
  char *end;
  double value = strtod(text, &end);
  if (end == text || *end || !(value > 0))
    argp_error(state, "--%s=%s: seconds, more than 0", option, text);
  return value;
}

uint64_t choice_options_number(const char *text, const char *option, uint64_t most,
                               struct argp_state *state)
{
  char *end;
  errno = 0;
  unsigned long long value = strtoull(text, &end, 10);
  if (text[0] < '0' || text[0] > '9' || *end || errno || value == 0 || value > most)
    argp_error(state, "--%s=%s: a whole number from 1 to %llu", option, text,
               (unsigned long long)most);
  return value;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
  struct matrix_choices *choices = state->input;
  switch (key) {
  case OPTION_WORKLOAD:
    choice_options_split(&choices->workloads, argument, state);
    return 0;
  case OPTION_MAP:
    choice_options_split(&choices->maps, argument, state);
    return 0;
  case OPTION_REGION:
    choice_options_split(&choices->regions, argument, state);
    return 0;
  case OPTION_KIND:
    choice_options_split(&choices->kinds, argument, state);
    return 0;
  case OPTION_KEYS:
    choice_options_split(&choices->keys, argument, state);
    return 0;
  case OPTION_THREADS:
    choice_options_split(&choices->threads, argument, state);
    return 0;
  case OPTION_PAGES:
    choice_options_split(&choices->pages, argument, state);
    return 0;
  case OPTION_PLACE:
    add_listed(&choices->places, argument, state);
    return 0;
  case OPTION_PARAM:
    choice_options_add(&choices->parameters, argument, state);
    return 0;
  case OPTION_CORPUS:
    choices->corpus = argument;
    return 0;
  case OPTION_OPERATIONS:
    choices->operations = choice_options_number(argument, "operations", INT64_MAX, state);
    return 0;
  case OPTION_BLOCK_BYTES:
    choices->block_bytes = choice_options_number(argument, "block-bytes", INT64_MAX, state);
    return 0;
  case OPTION_HUGE_PAGES:
    choices->huge_pages = true;
    return 0;
  case OPTION_MEM:
    add_listed(&choices->memories, argument, state);
    return 0;
  case OPTION_MEM_KEYS:
    choices->key_memory = argument;
    return 0;
  case OPTION_MEM_HISTORY:
    choices->history_memory = argument;
    return 0;
  case OPTION_SEED:
    choices->seed = choice_options_number(argument, "seed", INT64_MAX, state);
    return 0;
  case OPTION_ARRIVALS:
    choices->arrivals = argument;
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

const struct argp choice_options = {option_list, parse_option, NULL, NULL, NULL, NULL, NULL};
