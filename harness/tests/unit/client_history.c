/* client_history.c: see client_history.h. */
#include "client_history.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { CLIENTS_MAX = 64, KEYS_MAX = 16 };

/* Clients that take turns at random; each has one operation open at a time. */
struct clients {
  struct chance *chance;
  unsigned count;
  int64_t free_at[CLIENTS_MAX], process[CLIENTS_MAX];
  int64_t time; /* at which the operation in hand takes effect */
};

static void clients_init(struct clients *clients, struct chance *chance, unsigned count)
{
  *clients = (struct clients){.chance = chance, .count = count};
  for (unsigned c = 0; c < count; c++)
    clients->process[c] = c;
}

/* An operation of a random client around the next moment. */
static struct history_op next_op(struct clients *clients, struct history *history,
                                 enum history_function function, bool lost)
{
  unsigned client = (unsigned)chance_below(clients->chance, clients->count);
  clients->time += 1 + (int64_t)chance_below(clients->chance, 10);
  struct history_op op = history_op_of(function);
  op.number = (int64_t)history->op_count;
  op.call = clients->time - (int64_t)chance_below(clients->chance, 40);
  if (op.call <= clients->free_at[client])
    op.call = clients->free_at[client] + 1;
  if (op.call > clients->time)
    clients->time = op.call;
  op.process = history_integer(history, clients->process[client]);
  int64_t end = clients->time + (int64_t)chance_below(clients->chance, 40);
  clients->free_at[client] = end;
  op.open = lost;
  if (lost)
    clients->process[client] += clients->count;
  else
    op.end = end;
  return op;
}

struct history *client_register(struct chance *chance, unsigned ops, unsigned open_max, bool stale)
{
  enum { VALUES = 5 };
  struct clients clients;
  clients_init(&clients, chance, 5);
  struct history *history = history_create(MODEL_REGISTER, "clients of a register");
  history_value value = VALUE_NULL;
  unsigned open = 0;
  for (unsigned i = 0; i < ops; i++) {
    bool is_stale = stale && i == ops / 2;
    enum history_function function =
        is_stale ? REGISTER_READ : (enum history_function)chance_below(chance, 3);
    bool lost = open < open_max && function != REGISTER_READ && chance_below(chance, 3) == 0;
    bool done = !lost || chance_below(chance, 2);
    struct history_op op = next_op(&clients, history, function, lost);
    open += lost;
    history_value from = history_integer(history, (int64_t)chance_below(chance, VALUES));
    history_value to = history_integer(history, (int64_t)chance_below(chance, VALUES));
    bool swaps = value == from;
    op.has_result = !lost && function != REGISTER_WRITE;
    if (function == REGISTER_READ)
      op.result = is_stale ? history_integer(history, VALUES) : value;
    else
      op.args[0] = from;
    if (function == REGISTER_WRITE && done)
      value = from;
    if (function == REGISTER_CAS) {
      op.args[1] = to;
      op.result = swaps ? VALUE_TRUE : VALUE_FALSE;
      if (done && swaps)
        value = to;
    }
    history_add(history, &op);
  }
  return history;
}

struct history *client_kv(struct chance *chance, unsigned ops, unsigned clients_count,
                          unsigned keys, bool stale)
{
  struct clients clients;
  clients_init(&clients, chance, clients_count);
  struct history *history = history_create(MODEL_KV, "clients of texts");
  history->init = history_string(history, "", 0);
  history_value text[KEYS_MAX], before[KEYS_MAX];
  for (unsigned key = 0; key < keys; key++)
    text[key] = before[key] = history->init;
  bool was_stale = false;
  for (unsigned i = 0; i < ops; i++) {
    unsigned key = (unsigned)chance_below(chance, keys);
    uint64_t pick = chance_below(chance, 20);
    enum history_function function = pick < 1 ? KV_PUT : pick < 10 ? KV_APPEND : KV_GET;
    /* A value that nobody can see any more: the next one was returned before the call. */
    bool is_stale = stale && !was_stale && i > ops / 2 && text[key] != before[key];
    if (is_stale) {
      function = KV_GET;
      clients.time += 100;
      for (unsigned c = 0; c < clients_count; c++)
        clients.free_at[c] = clients.time;
      was_stale = true;
    }
    struct history_op op = next_op(&clients, history, function, false);
    op.key = history_integer(history, key);
    char word[32];
    snprintf(word, sizeof word, "x %u y", i);
    if (function == KV_GET) {
      op.has_result = true;
      op.result = is_stale ? before[key] : text[key];
    } else {
      op.args[0] = history_string(history, word, strlen(word));
      before[key] = text[key];
      const char *head = function == KV_PUT ? "" : history->values[text[key]].bytes;
      size_t n = strlen(head) + strlen(word) + 1;
      char *both = malloc(n);
      snprintf(both, n, "%s%s", head, word);
      text[key] = history_string(history, both, n - 1);
      free(both);
    }
    history_add(history, &op);
  }
  return history;
}
