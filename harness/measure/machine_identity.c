/* machine_identity.c: what a machine is. Called by machine_facts_read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/container_limits.h"
#include "measure/machine_note.h"
#include "measure/system_file.h"

#define GIB ((double)(1 << 30))

static void note_processor(const char *root, struct machine_facts *facts)
{
  struct machine_fact *fact = note_fact(facts, "processor");
  char text[8192], value[128];
  system_file_text(root, "/proc/cpuinfo", text, sizeof text);
  if (system_file_field(text, "model name", value, sizeof value)) {
    note_text(fact, value);
  } else if (system_file_field(text, "CPU implementer", value, sizeof value)) { /* Arm */
    char part[32], both[200];
    system_file_field(text, "CPU part", part, sizeof part);
    snprintf(both, sizeof both, "implementer %s, part %s", value, part);
    note_text(fact, both);
  }
  note_identity(fact);
}

/* How many CPUs of the list stand first in their own list of siblings: the number of cores, or of
 * packages. 0: the system does not say. */
static unsigned count_leaders(const char *root, const char *cpus, const char *siblings)
{
  unsigned leaders = 0;
  struct cpu_walk walk = walk_cpus(cpus);
  for (long cpu; (cpu = next_cpu(&walk)) >= 0;) {
    char path[128];
    double first;
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%ld/topology/%s", cpu, siblings);
    if (system_file_number(root, path, &first) && first == (double)cpu)
      leaders++;
  }
  return leaders;
}

static unsigned count_cpus(const char *list)
{
  struct cpu_walk walk = walk_cpus(list);
  unsigned count = 0;
  while (next_cpu(&walk) >= 0)
    count++;
  return count;
}

static void note_count(struct machine_facts *facts, const char *name, unsigned count)
{
  struct machine_fact *fact = note_fact(facts, name);
  if (count > 0)
    note_number(fact, count, 0);
  note_identity(fact);
}

static void note_counts(const char *root, struct machine_facts *facts)
{
  char online[1024], nodes[1024];
  system_file_text(root, "/sys/devices/system/cpu/online", online, sizeof online);
  system_file_text(root, "/sys/devices/system/node/online", nodes, sizeof nodes);
  unsigned cpus = count_cpus(online), cores = count_leaders(root, online, "thread_siblings_list");
  note_count(facts, "packages", count_leaders(root, online, "core_siblings_list"));
  note_count(facts, "cores", cores);
  note_count(facts, "cpus", cpus);
  note_count(facts, "numa_nodes", count_cpus(nodes));

  char status[8192], allowed[160];
  struct machine_fact *fact = note_fact(facts, "cpus_allowed");
  system_file_text(root, "/proc/self/status", status, sizeof status);
  if (system_file_field(status, "Cpus_allowed_list", allowed, sizeof allowed)) {
    note_text(fact, allowed);
    if (count_cpus(allowed) < cpus) {
      note_effect(fact, MACHINE_LIMITS,
                  "This process may use %u of the %u CPUs, so scaling curves end there.",
                  count_cpus(allowed), cpus);
      note_remedy(fact, "taskset -c %.60s tmb ..., or widen the container's cpuset", online);
    }
  }
}

static void note_memory(const char *root, struct machine_facts *facts)
{
  struct machine_fact *fact = note_fact(facts, "memory_bytes");
  char text[4096], total[64];
  double total_bytes = 0;
  system_file_text(root, "/proc/meminfo", text, sizeof text);
  if (system_file_field(text, "MemTotal", total, sizeof total)) {
    total_bytes = strtod(total, NULL) * 1024; /* "16384 kB" */
    note_number(fact, total_bytes, 0);
    /* A few pages come and go with the kernel's build and the firmware's mood. */
    snprintf(fact->identity, sizeof fact->identity, "%.0f GiB", total_bytes / GIB);
  }

  struct container_limits limits;
  container_limits_read(root, &limits);
  fact = note_fact(facts, "memory_limit_bytes");
  if (limits.known)
    note_text(fact, "none");
  if (limits.memory_bytes > 0) {
    note_number(fact, limits.memory_bytes, 0);
    if (limits.memory_bytes < total_bytes) {
      note_effect(fact, MACHINE_LIMITS,
                  "The control group kills a process that needs more than %.1f of the machine's "
                  "%.1f GiB: large points may die.",
                  limits.memory_bytes / GIB, total_bytes / GIB);
      note_remedy(fact, "docker run --memory=..., or memory.max of the group");
    }
  }
  fact = note_fact(facts, "cpu_limit");
  if (limits.known)
    note_text(fact, "none");
  if (limits.cpus > 0) {
    note_number(fact, limits.cpus, 2);
    note_effect(fact, MACHINE_SPOILS,
                "The control group gives this process the time of %.2f CPUs and stops all its "
                "threads once that is used up, which reads as stalls of many milliseconds.",
                limits.cpus);
    note_remedy(fact, "docker run --cpus=..., or cpu.max of the group");
  }
}

static void note_kernel(const char *root, struct machine_facts *facts)
{
  struct machine_fact *fact = note_fact(facts, "kernel");
  char text[128];
  if (system_file_text(root, "/proc/sys/kernel/osrelease", text, sizeof text))
    note_text(fact, text);
  note_identity(fact);
}

/* Whether a list of words has the word. */
static bool has_word(const char *words, const char *word)
{
  size_t length = strlen(word);
  for (const char *p = words; (p = strstr(p, word)) != NULL; p += length)
    if ((p == words || p[-1] == ' ') && (p[length] == ' ' || p[length] == '\0'))
      return true;
  return false;
}

static void note_hypervisor(const char *root, struct machine_facts *facts)
{
  struct machine_fact *fact = note_fact(facts, "hypervisor");
  char text[8192], flags[8192], kind[64] = "", vendor[64] = "", product[64] = "";
  if (system_file_text(root, "/proc/cpuinfo", text, sizeof text))
    note_text(fact, "none found");
  system_file_field(text, "flags", flags, sizeof flags);
  if (system_file_text(root, "/sys/hypervisor/type", kind, sizeof kind) ||
      system_file_text(root, "/proc/device-tree/hypervisor/compatible", kind, sizeof kind) ||
      has_word(flags, "hypervisor")) {
    char found[256];
    system_file_text(root, "/sys/class/dmi/id/sys_vendor", vendor, sizeof vendor);
    system_file_text(root, "/sys/class/dmi/id/product_name", product, sizeof product);
    snprintf(found, sizeof found, "%s%s%s%s%s", kind, kind[0] && vendor[0] ? " " : "", vendor,
             product[0] ? " " : "", product);
    note_text(fact, found[0] ? found : "of unknown kind");
    note_effect(fact, MACHINE_SPOILS,
                "This is a virtual machine: others may use its processors and caches at the same "
                "time, unseen from here, so times wander. Compare only what was measured in turns "
                "in one run, and read the intervals.");
    note_remedy(fact, "not from inside: bare metal, or processors of its own");
  }
  note_identity(fact);
}

/* The word on the command line of every kernel that scripts/numa-vm.sh boots. */
#define EMULATED_WORD "tmb.emulated"

/* An emulator cannot always be told from a hypervisor: a processor that it imitates has the name of
 * the real one. Whoever boots the machine says so. */
static void note_emulation(const char *root, struct machine_facts *facts)
{
  struct machine_fact *fact = note_fact(facts, "emulated");
  char words[4096], cpuinfo[8192], processor[128];
  if (system_file_text(root, "/proc/cmdline", words, sizeof words))
    note_text(fact, "not known to be");
  system_file_text(root, "/proc/cpuinfo", cpuinfo, sizeof cpuinfo);
  system_file_field(cpuinfo, "model name", processor, sizeof processor);
  if (!has_word(words, EMULATED_WORD) && strncmp(processor, "QEMU TCG CPU", 12) != 0)
    return;
  note_text(fact, "yes");
  note_effect(fact, MACHINE_SPOILS,
              "The processors are a program's: where threads and pages are is real, how long "
              "anything takes is not, and no report is made of it.");
  note_remedy(fact, "not from inside: a machine with processors");
  note_identity(fact);
}

void note_what_it_is(const char *root, struct machine_facts *facts)
{
  note_processor(root, facts);
  note_counts(root, facts);
  note_memory(root, facts);
  note_kernel(root, facts);
  note_hypervisor(root, facts);
  note_emulation(root, facts);
}
