/* machine_settings.c: how a machine is set up, and how busy it is. Called by machine_facts_read. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "measure/machine_note.h"
#include "measure/system_file.h"

/* From these on, other work on the machine is called a concern. */
static const double LOAD_LIMIT = 0.5;    /* half a processor, on average over a minute */
static const double STEAL_LIMIT = 0.001; /* of the time since the machine started */

static void note_governor(const char *root, struct machine_facts *facts)
{
  struct machine_fact *fact = note_fact(facts, "governor");
  char online[1024], governor[64], seen[64] = "";
  system_file_text(root, "/sys/devices/system/cpu/online", online, sizeof online);
  struct cpu_walk walk = walk_cpus(online);
  for (long cpu; (cpu = next_cpu(&walk)) >= 0;) {
    char path[128];
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%ld/cpufreq/scaling_governor", cpu);
    if (!system_file_text(root, path, governor, sizeof governor))
      continue;
    if (seen[0] == '\0')
      memcpy(seen, governor, sizeof seen);
    else if (strcmp(seen, governor) != 0)
      snprintf(seen, sizeof seen, "mixed");
  }
  if (seen[0] == '\0')
    return;
  note_text(fact, seen);
  if (strcmp(seen, "performance") != 0)
    note_concern(fact,
                 "The kernel changes the clock frequency with the load: short runs start slow, "
                 "and threads differ. To fix it at the top: sudo cpupower frequency-set -g "
                 "performance");
}

static void note_turbo(const char *root, struct machine_facts *facts)
{
  struct machine_fact *fact = note_fact(facts, "turbo");
  const char *command = NULL;
  double setting;
  if (system_file_number(root, "/sys/devices/system/cpu/intel_pstate/no_turbo", &setting)) {
    note_text(fact, setting == 0 ? "on" : "off");
    command = "echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo";
  } else if (system_file_number(root, "/sys/devices/system/cpu/cpufreq/boost", &setting)) {
    note_text(fact, setting != 0 ? "on" : "off");
    command = "echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost";
  }
  if (strcmp(fact->value, "on") == 0)
    note_concern(
        fact,
        "The clock is faster while few cores work and the chip is cool, so one thread looks "
        "better than it is beside many, and later runs slower than earlier ones. To turn it "
        "off: %s",
        command);
}

static void note_address_randomisation(const char *root, struct machine_facts *facts)
{
  struct machine_fact *fact = note_fact(facts, "address_randomisation");
  double setting;
  if (!system_file_number(root, "/proc/sys/kernel/randomize_va_space", &setting))
    return;
  note_text(fact, setting == 0 ? "off" : "on");
  if (setting != 0)
    note_concern(fact,
                 "Each process has other addresses, and so other cache conflicts: one process "
                 "is one sample of several possible figures. Take several rounds, which average "
                 "over them; to have the same ones each time: setarch -R tmb ...");
}

static void note_huge_pages(const char *root, struct machine_facts *facts)
{
  struct machine_fact *fact = note_fact(facts, "transparent_huge_pages");
  char text[128], choice[32];
  const char *chosen; /* "always [madvise] never" */
  if (!system_file_text(root, "/sys/kernel/mm/transparent_hugepage/enabled", text, sizeof text) ||
      (chosen = strchr(text, '[')) == NULL || sscanf(chosen, "[%31[a-z]]", choice) != 1)
    return;
  note_text(fact, choice);
  if (strcmp(choice, "always") == 0)
    note_concern(fact,
                 "The kernel gives out and makes 2 MiB pages when it sees fit, so page faults "
                 "and address translation cost differs from run to run, and memory that is "
                 "interleaved over nodes moves in such pieces. To leave it to the program: echo "
                 "madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled");
}

static void note_numa_balancing(const char *root, struct machine_facts *facts)
{
  struct machine_fact *fact = note_fact(facts, "numa_balancing");
  const struct machine_fact *nodes = machine_facts_find(facts, "numa_nodes");
  double setting;
  if (!system_file_number(root, "/proc/sys/kernel/numa_balancing", &setting))
    return;
  note_text(fact, setting == 0 ? "off" : "on");
  if (setting != 0 && strcmp(nodes->value, "1") != 0)
    note_concern(fact, "The kernel moves pages between nodes during a run, to where it saw them "
                       "used: what was placed does not stay placed. To stop it: sudo sysctl "
                       "kernel.numa_balancing=0");
}

#define CLOCK_FOLDER "/sys/devices/system/clocksource/clocksource0/"

static void note_clock_source(const char *root, struct machine_facts *facts)
{
  /* Those that the kernel lets a program read without a system call. */
  static const char *const fast[] = {"tsc",
                                     "kvm-clock",
                                     "hyperv_clocksource_tsc_page",
                                     "arch_sys_counter",
                                     "riscv_clocksource",
                                     "timebase"};
  struct machine_fact *fact = note_fact(facts, "clock_source");
  char current[64], available[256];
  if (!system_file_text(root, CLOCK_FOLDER "current_clocksource", current, sizeof current))
    return;
  note_text(fact, current);
  for (size_t i = 0; i < sizeof fast / sizeof fast[0]; i++)
    if (strcmp(current, fast[i]) == 0)
      return;
  system_file_text(root, CLOCK_FOLDER "available_clocksource", available, sizeof available);
  note_concern(
      fact,
      "Reading this clock takes a system call, so sampled latencies have much of the clock "
      "in them (timer_cost_ns says how much). Available here: %.100s. To change it: echo "
      "tsc | sudo tee " CLOCK_FOLDER "current_clocksource",
      available[0] ? available : "not known");
}

static bool has_hardware_counters(const char *root)
{
  char path[4096];
  snprintf(path, sizeof path, "%s/sys/bus/event_source/devices", root);
  DIR *folder = opendir(path);
  if (!folder)
    return false;
  bool found = false;
  for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
    found |= strcmp(entry->d_name, "cpu") == 0 || strncmp(entry->d_name, "cpu_", 4) == 0 ||
             strncmp(entry->d_name, "armv", 4) == 0;
  closedir(folder);
  return found;
}

static void note_counters(const char *root, struct machine_facts *facts)
{
  struct machine_fact *fact = note_fact(facts, "performance_counters");
  double paranoid;
  if (!system_file_number(root, "/proc/sys/kernel/perf_event_paranoid", &paranoid))
    return;
  if (!has_hardware_counters(root)) {
    note_text(fact, "software only");
    note_concern(fact,
                 "Instructions and cache misses cannot be counted: the processor's counters are "
                 "not visible here. Only times are to be had; in a virtual machine its owner "
                 "can turn a virtual PMU on");
  } else {
    char text[64];
    snprintf(text, sizeof text, "hardware, perf_event_paranoid %.0f", paranoid);
    note_text(fact, text);
    if (paranoid > 2)
      note_concern(fact,
                   "Instructions and cache misses may not be counted by this user. To allow it: "
                   "sudo sysctl kernel.perf_event_paranoid=2");
  }
}

static void note_load(const char *root, struct machine_facts *facts)
{
  struct machine_fact *fact = note_fact(facts, "load_average");
  double load;
  if (!system_file_number(root, "/proc/loadavg", &load))
    return;
  note_number(fact, load, 2);
  if (load > LOAD_LIMIT)
    note_concern(
        fact,
        "Other work kept %.2f processors busy during the last minute; it takes time from the "
        "threads that are measured. See what it is, and wait or stop it: top",
        load);
}

static void note_steal(const char *root, struct machine_facts *facts)
{
  struct machine_fact *fact = note_fact(facts, "steal_time_share");
  char text[256];
  double time[8], all = 0; /* user nice system idle iowait irq softirq steal */
  if (!system_file_text(root, "/proc/stat", text, sizeof text) ||
      sscanf(text, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", &time[0], &time[1], &time[2], &time[3],
             &time[4], &time[5], &time[6], &time[7]) != 8)
    return;
  for (size_t i = 0; i < 8; i++)
    all += time[i];
  if (!(all > 0))
    return;
  double share = time[7] / all;
  note_number(fact, share, 4);
  if (share > STEAL_LIMIT)
    note_concern(
        fact,
        "The hypervisor gave %.2f %% of this machine's processor time since its start to "
        "others; threads stop meanwhile without noticing. It can be changed only outside: a "
        "machine with processors of its own",
        share * 100);
}

void note_how_it_is_set(const char *root, struct machine_facts *facts)
{
  note_governor(root, facts);
  note_turbo(root, facts);
  note_address_randomisation(root, facts);
  note_huge_pages(root, facts);
  note_numa_balancing(root, facts);
  note_clock_source(root, facts);
  note_counters(root, facts);
  note_load(root, facts);
  note_steal(root, facts);
}
