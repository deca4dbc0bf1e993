/* memory_proof.c: see memory_proof.h. */
#include "place/memory_proof.h"

#include <stdio.h>
#include <string.h>

#include "place/huge_pages.h"

const char *memory_verdict_name(enum memory_verdict verdict)
{
  static const char *const name[] = {"free", "held", "unknown", "broken"};
  return name[verdict];
}

/* "node 0: 12 pages, node 1: 3 pages" */
static void say_nodes(const struct page_census *census, char *text, size_t size)
{
  size_t at = 0;
  text[0] = '\0';
  for (int node = 0; node < NODES_MOST && at < size; node++) {
    if (!census->on_node[node])
      continue;
    int n = snprintf(text + at, size - at, "%snode %d: %llu", at ? ", " : "", node,
                     (unsigned long long)census->on_node[node]);
    at += n > 0 ? (size_t)n : 0;
  }
}

#define PAGE_BYTES 4096u

/* Whether each node has its share, give or take a stripe and a tenth. */
static bool is_even(const struct memory_plan *plan, const struct page_census *census, bool huge)
{
  uint64_t stripe = plan->policy.stripe_bytes / PAGE_BYTES;
  if (stripe < 1)
    stripe = 1;
  if (huge && stripe < HUGE_PAGE_BYTES / PAGE_BYTES)
    stripe = HUGE_PAGE_BYTES / PAGE_BYTES;
  uint64_t present = page_census_present(census);
  uint64_t share = present / (uint64_t)__builtin_popcountll(plan->nodes);
  uint64_t slack = stripe + share / 10;
  for (int node = 0; node < NODES_MOST; node++) {
    uint64_t on = census->on_node[node];
    if (node_set_has(plan->nodes, node) && (on > share + slack || on + slack < share))
      return false;
  }
  return true;
}

static enum memory_verdict judge(const struct memory_plan *plan, const char *what,
                                 const struct page_census *census, bool huge, char *reason)
{
  char nodes[128], wanted[64];
  reason[0] = '\0';
  if (plan->policy.kind == MEMORY_FIRST_TOUCH)
    return MEMORY_FREE;
  say_nodes(census, nodes, sizeof nodes);
  node_set_text(plan->nodes, wanted, sizeof wanted);
  if (census->misplaced) {
    snprintf(reason, MEMORY_REASON_BYTES,
             "%s: %llu pages are not on their node (of %s); there are %s", what,
             (unsigned long long)census->misplaced, wanted, nodes);
    return MEMORY_BROKEN;
  }
  if (census->unknown) {
    snprintf(reason, MEMORY_REASON_BYTES, "%s: the kernel does not say where %llu pages are%s%s",
             what, (unsigned long long)census->unknown, census->error ? ": " : "",
             census->error ? strerror(-census->error) : "");
    return MEMORY_UNKNOWN;
  }
  if (plan->policy.kind == MEMORY_INTERLEAVE && !is_even(plan, census, huge)) {
    snprintf(reason, MEMORY_REASON_BYTES, "%s: not spread evenly over nodes %s: %s", what, wanted,
             nodes);
    return MEMORY_BROKEN;
  }
  return MEMORY_HELD;
}

void memory_proof_add(struct memory_proof *proof, const struct memory_plan *plan, const char *what,
                      const struct page_census *census, bool huge)
{
  if (page_census_present(census) == 0 && census->unknown == 0)
    return;
  struct memory_proof found;
  found.verdict = judge(plan, what, census, huge, found.reason);
  if (found.verdict > proof->verdict)
    *proof = found;
}
