/* chase.c: see chase.h. */
#include "probe/chase.h"

#include <stdlib.h>

static void **line_at(void *area, size_t line, size_t line_bytes)
{
  return (void **)(void *)((unsigned char *)area + line * line_bytes);
}

/* splitmix64 */
static uint64_t draw(uint64_t *state)
{
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

void chase_build(void *area, size_t lines, size_t line_bytes, uint64_t seed)
{
  for (size_t line = 0; line < lines; line++)
    *line_at(area, line, line_bytes) = line_at(area, line, line_bytes);
  for (size_t line = lines - 1; line > 0; line--) {
    /* Always one below: that is what makes a single cycle. */
    void **this = line_at(area, line, line_bytes);
    void **other = line_at(area, (size_t)(draw(&seed) % line), line_bytes);
    void *swapped = *this;
    *this = *other;
    *other = swapped;
  }
}

void *chase_walk(void *from, size_t steps)
{
  void **at = from;
  for (size_t i = 0; i < steps / 8; i++) {
    at = *at, at = *at, at = *at, at = *at;
    at = *at, at = *at, at = *at, at = *at;
  }
  for (size_t i = 0; i < steps % 8; i++)
    at = *at;
  return at;
}

static int ascending(const void *a, const void *b)
{
  ptrdiff_t x = *(const ptrdiff_t *)a, y = *(const ptrdiff_t *)b;
  return (x > y) - (x < y);
}

static size_t longest_run(const ptrdiff_t *sorted, size_t count)
{
  size_t longest = 0, run = 0;
  for (size_t i = 0; i < count; i++) {
    run = i > 0 && sorted[i] == sorted[i - 1] ? run + 1 : 1;
    longest = run > longest ? run : longest;
  }
  return longest;
}

bool chase_look(void *area, size_t lines, size_t line_bytes, struct chase_shape *shape)
{
  const size_t bytes = lines * line_bytes;
  bool *seen = calloc(lines, sizeof *seen);
  ptrdiff_t *steps = calloc(lines, sizeof *steps);
  *shape = (struct chase_shape){0};
  size_t at = 0;
  while (seen && steps && !seen[at]) {
    seen[at] = true;
    uintptr_t offset =
        (uintptr_t)*line_at(area, at, line_bytes) - (uintptr_t)area; /* wraps when below */
    if (offset >= bytes || offset % line_bytes != 0)
      break;
    steps[shape->visited++] = (ptrdiff_t)(offset / line_bytes) - (ptrdiff_t)at;
    at = offset / line_bytes;
    shape->closed = at == 0;
  }
  if (shape->visited > 0) {
    qsort(steps, shape->visited, sizeof *steps, ascending);
    shape->commonest_share = (double)longest_run(steps, shape->visited) / (double)shape->visited;
  }
  bool looked = seen && steps;
  free(seen);
  free(steps);
  return looked;
}

bool chase_is_good(const struct chase_shape *shape, size_t lines)
{
  /* Of a few lines the commonest step is common by chance. */
  const double most = lines < 256 ? 0.5 : 0.0625;
  return shape->closed && shape->visited == lines && shape->commonest_share < most;
}
