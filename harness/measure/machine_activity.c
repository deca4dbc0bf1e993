/* machine_activity.c: how busy a machine is and was: load, and time that the hypervisor took.
 * Called by machine_facts_read, and by who looks twice. Reference: proc(5), /proc/stat. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/machine_note.h"
#include "measure/system_file.h"

/* From these on, other work is said to spoil a measurement. */
static const double LOAD_LIMIT = 0.5;       /* half a processor */
static const double STEAL_LIMIT = 0.001;    /* of the time since the machine started */
static const double STEAL_NOW_LIMIT = 0.02; /* of a short interval: the kernel counts in ticks */

#define STEAL_REMEDY "not from inside: a machine with processors of its own"

static void note_load(const char *root, struct machine_facts *facts)
{
  struct machine_fact *fact = note_fact(facts, "load_average");
  double load;
  if (!system_file_number(root, "/proc/loadavg", &load))
    return;
  note_number(fact, load, 2);
  if (load > LOAD_LIMIT) {
    note_effect(fact, MACHINE_SPOILS,
                "Other work kept %.2f processors busy during the last minute; it takes time from "
                "the threads that are measured.",
                load);
    note_remedy(fact, "top, to see what it is; then wait, or stop it");
  }
}

void processor_times_read(const char *root, struct processor_times *times)
{
  char text[256];
  double part[8]; /* user nice system idle iowait irq softirq steal */
  *times = (struct processor_times){0};
  if (!system_file_text(root, "/proc/stat", text, sizeof text) ||
      sscanf(text, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", &part[0], &part[1], &part[2], &part[3],
             &part[4], &part[5], &part[6], &part[7]) != 8)
    return;
  for (size_t i = 0; i < 8; i++)
    times->all += part[i];
  times->steal = part[7];
  times->busy = times->all - part[3] - part[4] - part[7];
  times->known = isfinite(times->all) && times->all > 0;
}

static void note_steal(const char *root, struct machine_facts *facts)
{
  struct machine_fact *fact = note_fact(facts, "steal_time_share");
  struct processor_times times;
  processor_times_read(root, &times);
  if (!times.known)
    return;
  double share = times.steal / times.all;
  note_number(fact, share, 4);
  if (share > STEAL_LIMIT) {
    note_effect(fact, MACHINE_SPOILS,
                "The hypervisor gave %.2f %% of this machine's processor time since its start to "
                "others; threads stop meanwhile without noticing.",
                share * 100);
    note_remedy(fact, STEAL_REMEDY);
  }
}

void note_how_busy_it_is(const char *root, struct machine_facts *facts)
{
  note_load(root, facts);
  note_steal(root, facts);
}

void machine_facts_note_interval(struct machine_facts *facts, const struct processor_times *before,
                                 const struct processor_times *after)
{
  struct machine_fact *steal = note_fact(facts, "steal_time_share_now");
  struct machine_fact *busy = note_fact(facts, "busy_processors_now");
  double cpus = strtod(machine_facts_find(facts, "cpus")->value, NULL);
  double passed = after->all - before->all;
  if (!before->known || !after->known || !(passed > 0))
    return;
  double share = fmax(after->steal - before->steal, 0) / passed;
  note_number(steal, share, 4);
  if (share > STEAL_NOW_LIMIT) {
    note_effect(steal, MACHINE_SPOILS,
                "The hypervisor gave %.1f %% of this machine's processor time to others just now; "
                "threads stop meanwhile without noticing.",
                share * 100);
    note_remedy(steal, STEAL_REMEDY);
  }
  if (!(cpus > 0))
    return;
  double processors = fmax(after->busy - before->busy, 0) / passed * cpus;
  note_number(busy, processors, 2);
  if (processors > LOAD_LIMIT) {
    note_effect(busy, MACHINE_SPOILS,
                "Other work keeps %.2f processors busy just now; it takes time from the threads "
                "that are measured.",
                processors);
    note_remedy(busy, "top, to see what it is; then wait, or stop it");
  }
}
