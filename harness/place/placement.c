/* placement.c: seats, binding, and the look at where a thread really is. */
#include "place/placement.h"

#include <errno.h>
#include <hwloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "place/place_order.h"

struct placement {
  const struct topology *topology;
  bool is_free;
  unsigned threads;
  struct seat_place seat[]; /* one a thread */
};

const char *placement_verdict_name(enum placement_verdict verdict)
{
  static const char *const name[] = {"held", "broken", "free"};
  return name[verdict];
}

/* ---- seats ---- */

/* A machine on which parts take CPUs. */
struct seating {
  struct place_machine machine;
  bool *taken; /* by PU */
};

static bool seating_init(struct seating *seating, const struct topology *topology)
{
  if (!place_machine_init(&seating->machine, topology))
    return false;
  seating->taken = calloc(seating->machine.pu_count, sizeof *seating->taken);
  if (!seating->taken)
    place_machine_fini(&seating->machine);
  return seating->taken != NULL;
}

static void seating_fini(struct seating *seating)
{
  free(seating->taken);
  place_machine_fini(&seating->machine);
}

/* The first thread of a part: the halves of an odd number are ceil and floor. */
static unsigned first_thread(unsigned part, unsigned parts, unsigned threads)
{
  return (part * threads + parts - 1) / parts;
}

/* Gives the threads of one part the first PUs of its order that are free. 1 when they fit, 0 when
 * not, -errno with a sentence. seat: NULL when only the fitting is asked for. */
static int seat_part(struct seating *seating, const struct place_part *part, unsigned from,
                     unsigned to, struct seat_place *seat, char *error)
{
  unsigned count;
  int status = place_order_make(&seating->machine, part, &count, error);
  if (status != 0)
    return status;
  for (unsigned i = 0; i < count && from < to; i++) {
    unsigned pu = seating->machine.order[i];
    if (seating->taken[pu])
      continue;
    seating->taken[pu] = true;
    if (seat) {
      seat[from].cpu = (int)seating->machine.pus[pu].cpu;
      seat[from].node = seating->machine.pus[pu].node;
    }
    from++;
  }
  return from == to;
}

/* As seat_part, for all of them. */
static int seat_all(struct seating *seating, const struct place_text *text, unsigned threads,
                    struct seat_place *seat, char *error)
{
  if (text->part[0].kind == PLACE_NONE)
    return threads <= seating->machine.pu_count;
  memset(seating->taken, 0, seating->machine.pu_count * sizeof *seating->taken);
  int status = 1;
  for (unsigned i = 0; i < text->parts && status > 0; i++)
    status = seat_part(seating, &text->part[i], first_thread(i, text->parts, threads),
                       first_thread(i + 1, text->parts, threads), seat, error);
  return status;
}

/* The largest number of threads that fit: when t + 1 do, so do t. 0: not even one, or a sentence;
 * *status tells. */
static unsigned find_room(struct seating *seating, const struct place_text *text, int *status,
                          char *error)
{
  unsigned least = 0, most = seating->machine.pu_count;
  *status = 0;
  while (least < most && *status >= 0) {
    unsigned middle = least + (most - least + 1) / 2;
    *status = seat_all(seating, text, middle, NULL, error);
    if (*status > 0)
      least = middle;
    else
      most = middle - 1;
  }
  return *status < 0 ? 0 : least;
}

static int no_room(struct seating *seating, const struct place_text *text, const char *place,
                   unsigned threads, char *error)
{
  char allowed[128];
  int status;
  unsigned room = find_room(seating, text, &status, error);
  if (status < 0)
    return status;
  topology_allowed(seating->machine.topology, allowed, sizeof allowed);
  snprintf(error, TOPOLOGY_ERROR_BYTES,
           "%u threads do not fit on the CPUs of place %.100s: at most %u of the %u that this "
           "process may use (%s); more threads than CPUs are the workload oversubscription, and "
           "`tmb stress --only=oversubscribed`",
           threads, place, room, seating->machine.pu_count, allowed);
  return -ERANGE;
}

static int find_seats(struct placement *self, const struct place_text *text, const char *place,
                      char *error)
{
  struct seating seating;
  if (!seating_init(&seating, self->topology)) {
    snprintf(error, TOPOLOGY_ERROR_BYTES, "no memory for the placement");
    return -ENOMEM;
  }
  int status = seat_all(&seating, text, self->threads, self->seat, error);
  if (status == 0)
    status = no_room(&seating, text, place, self->threads, error);
  seating_fini(&seating);
  return status < 0 ? status : 0;
}

int placement_create(const struct topology *topology, const char *place, unsigned threads,
                     struct placement **placement, char *error)
{
  struct place_text text;
  if (threads == 0) {
    snprintf(error, TOPOLOGY_ERROR_BYTES, "no threads to place: ask for at least 1");
    return -EINVAL;
  }
  int status = place_text_init(&text, place, error);
  if (status != 0)
    return status;
  struct placement *self = calloc(1, sizeof *self + threads * sizeof self->seat[0]);
  if (!self) {
    place_text_fini(&text);
    snprintf(error, TOPOLOGY_ERROR_BYTES, "no memory for the placement");
    return -ENOMEM;
  }
  self->topology = topology;
  self->is_free = text.part[0].kind == PLACE_NONE;
  self->threads = threads;
  for (unsigned i = 0; i < threads; i++)
    self->seat[i] = (struct seat_place){.thread = i, .cpu = -1, .node = -1};
  status = find_seats(self, &text, place, error);
  place_text_fini(&text);
  if (status != 0)
    free(self);
  else
    *placement = self;
  return status;
}

bool placement_is_spelled(const char *place, char *error)
{
  struct place_text text;
  if (place_text_init(&text, place, error) != 0)
    return false;
  place_text_fini(&text);
  return true;
}

unsigned placement_room(const struct topology *topology, const char *place, char *error)
{
  struct place_text text;
  struct seating seating;
  if (place_text_init(&text, place, error) != 0)
    return 0;
  unsigned room = 0;
  int status = 0;
  if (seating_init(&seating, topology)) {
    room = find_room(&seating, &text, &status, error);
    seating_fini(&seating);
    if (room == 0 && status >= 0)
      snprintf(error, TOPOLOGY_ERROR_BYTES, "place %.200s: no thread fits", place);
  } else {
    snprintf(error, TOPOLOGY_ERROR_BYTES, "no memory for the placement");
  }
  place_text_fini(&text);
  return room;
}

void placement_destroy(struct placement *placement)
{
  free(placement);
}

bool placement_is_free(const struct placement *placement)
{
  return placement->is_free;
}

unsigned placement_threads(const struct placement *placement)
{
  return placement->threads;
}

struct seat_place placement_seat(const struct placement *placement, unsigned thread)
{
  return placement->seat[thread];
}

/* ---- binding and its proof ---- */

int placement_bind(const struct placement *placement, unsigned thread, char *error)
{
  if (placement->is_free)
    return 0;
  unsigned cpu = (unsigned)placement->seat[thread].cpu;
  struct topology_support support = topology_support(placement->topology);
  if (!support.this_system) {
    snprintf(error, TOPOLOGY_ERROR_BYTES,
             "this placement was planned for another machine: no thread can be bound by it");
    return -ENOTSUP;
  }
  if (!support.bind_thread) {
    snprintf(error, TOPOLOGY_ERROR_BYTES,
             "threads cannot be bound on this system: use --place=none");
    return -ENOTSUP;
  }
  hwloc_bitmap_t only = hwloc_bitmap_alloc();
  int status = -ENOMEM;
  if (only && hwloc_bitmap_only(only, cpu) == 0) {
    int done = hwloc_set_cpubind(topology_hwloc(placement->topology), only,
                                 HWLOC_CPUBIND_THREAD | HWLOC_CPUBIND_STRICT);
    status = done == 0 ? 0 : -errno;
  }
  hwloc_bitmap_free(only);
  if (status != 0)
    snprintf(
        error, TOPOLOGY_ERROR_BYTES,
        "thread %u cannot be bound to CPU %u: %s; it may have been taken from this process since "
        "the start",
        thread, cpu, strerror(-status));
  return status;
}

/* The OS index of the PU that the calling thread last ran on, -1 when not known. */
static int last_cpu(const struct placement *self, hwloc_bitmap_t scratch)
{
  if (!topology_support(self->topology).last_cpu ||
      hwloc_get_last_cpu_location(topology_hwloc(self->topology), scratch, HWLOC_CPUBIND_THREAD) !=
          0)
    return -1;
  return hwloc_bitmap_first(scratch);
}

/* Writes a reason when the calling thread is not where it should be. */
static void compare_with_seat(const struct placement *self, unsigned thread, hwloc_bitmap_t scratch,
                              struct placement_proof *proof)
{
  int cpu = self->seat[thread].cpu;
  if (!topology_support(self->topology).bind_thread) {
    snprintf(proof->reason, sizeof proof->reason, "thread %u: bindings cannot be read here",
             thread);
    return;
  }
  if (hwloc_get_cpubind(topology_hwloc(self->topology), scratch, HWLOC_CPUBIND_THREAD) != 0) {
    snprintf(proof->reason, sizeof proof->reason, "thread %u: its binding cannot be read: %s",
             thread, strerror(errno));
    return;
  }
  if (!hwloc_bitmap_isset(scratch, (unsigned)cpu) || hwloc_bitmap_weight(scratch) != 1) {
    char found[64];
    hwloc_bitmap_list_snprintf(found, sizeof found, scratch);
    snprintf(proof->reason, sizeof proof->reason,
             "thread %u should be bound to CPU %d, but is to %s", thread, cpu, found);
  } else if (proof->last_cpu != cpu) {
    snprintf(proof->reason, sizeof proof->reason,
             "thread %u is bound to CPU %d, but last ran on %d", thread, cpu, proof->last_cpu);
  }
}

void placement_verify(const struct placement *placement, unsigned thread,
                      struct placement_proof *proof)
{
  *proof = (struct placement_proof){.verdict = PLACEMENT_FREE, .last_cpu = -1};
  hwloc_bitmap_t scratch = hwloc_bitmap_alloc();
  if (scratch)
    proof->last_cpu = last_cpu(placement, scratch);
  if (!placement->is_free) {
    if (scratch)
      compare_with_seat(placement, thread, scratch, proof);
    else
      snprintf(proof->reason, sizeof proof->reason, "no memory to look where the thread is");
    proof->verdict = proof->reason[0] == '\0' ? PLACEMENT_HELD : PLACEMENT_BROKEN;
  }
  hwloc_bitmap_free(scratch);
}
