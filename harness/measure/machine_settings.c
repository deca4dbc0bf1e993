/* machine_settings.c: how a machine is set up. Called by machine_facts_read. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/machine_note.h"
#include "measure/system_file.h"

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
  if (strcmp(seen, "performance") != 0) {
    note_effect(fact, MACHINE_SPOILS,
                "The kernel changes the clock frequency with the load: short runs start slow, and "
                "threads differ.");
    note_remedy(fact, "sudo cpupower frequency-set -g performance");
  }
}

/* Where the setting stands: intel_pstate says what is off, all others what is on. */
#define CPU_FOLDER "/sys/devices/system/cpu/"
static const struct turbo_file {
  const char *path;
  bool off_when_set;
  const char *command;
} turbo_files[] = {
    {CPU_FOLDER "intel_pstate/no_turbo", true,
     "echo 1 | sudo tee " CPU_FOLDER "intel_pstate/no_turbo"},
    {CPU_FOLDER "cpufreq/boost", false, "echo 0 | sudo tee " CPU_FOLDER "cpufreq/boost"},
    {CPU_FOLDER "cpufreq/policy0/boost", false,
     "echo 0 | sudo tee " CPU_FOLDER "cpufreq/policy*/boost"},
};

static void note_turbo(const char *root, struct machine_facts *facts)
{
  struct machine_fact *fact = note_fact(facts, "turbo");
  for (size_t i = 0; i < sizeof turbo_files / sizeof turbo_files[0]; i++) {
    const struct turbo_file *file = &turbo_files[i];
    double setting;
    if (!system_file_number(root, file->path, &setting))
      continue;
    bool on = (setting != 0) != file->off_when_set;
    note_text(fact, on ? "on" : "off");
    if (on) {
      note_effect(fact, MACHINE_SPOILS,
                  "The clock is faster while few cores work and the chip is cool, so one thread "
                  "looks better than it is beside many, and later runs slower than earlier ones.");
      note_remedy(fact, "%s", file->command);
    }
    return;
  }
}

/* From the kernel's switch, or, where there is none, from the counts. */
static void note_shared_cores(const char *root, struct machine_facts *facts)
{
  struct machine_fact *fact = note_fact(facts, "smt");
  double active;
  double cpus = strtod(machine_facts_find(facts, "cpus")->value, NULL);
  double cores = strtod(machine_facts_find(facts, "cores")->value, NULL);
  bool known = system_file_number(root, CPU_FOLDER "smt/active", &active);
  if (!known && !(cpus > 0 && cores > 0))
    return;
  bool on = known ? active != 0 : cpus > cores;
  note_text(fact, on ? "on" : "off");
  if (on) {
    note_effect(fact, MACHINE_LIMITS,
                "CPUs of one core share its units and caches, so a second thread on a core adds "
                "less than one on a core of its own. --place=scatter uses every core once first.");
    note_remedy(fact, "echo off | sudo tee " CPU_FOLDER "smt/control");
  }
}

static void note_address_randomisation(const char *root, struct machine_facts *facts)
{
  struct machine_fact *fact = note_fact(facts, "address_randomisation");
  double setting;
  if (!system_file_number(root, "/proc/sys/kernel/randomize_va_space", &setting))
    return;
  note_text(fact, setting == 0 ? "off" : "on");
  if (setting != 0) {
    note_effect(fact, MACHINE_LIMITS,
                "Each process has other addresses, and so other cache conflicts: one process is "
                "one sample of several possible figures. Several rounds average over them.");
    note_remedy(fact, "setarch -R tmb ..., for the same addresses each time");
  }
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
  if (strcmp(choice, "always") == 0) {
    note_effect(fact, MACHINE_SPOILS,
                "The kernel gives out and makes 2 MiB pages when it sees fit, so page faults and "
                "address translation cost differs from run to run, and memory that is interleaved "
                "over nodes moves in such pieces.");
    note_remedy(fact, "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled");
  }
}

static void note_numa_balancing(const char *root, struct machine_facts *facts)
{
  struct machine_fact *fact = note_fact(facts, "numa_balancing");
  const struct machine_fact *nodes = machine_facts_find(facts, "numa_nodes");
  double setting;
  if (!system_file_number(root, "/proc/sys/kernel/numa_balancing", &setting))
    return;
  note_text(fact, setting == 0 ? "off" : "on");
  if (setting != 0 && strcmp(nodes->value, "1") != 0) {
    note_effect(fact, MACHINE_SPOILS,
                "The kernel moves pages between nodes during a run, to where it saw them used: "
                "what was placed does not stay placed.");
    note_remedy(fact, "sudo sysctl kernel.numa_balancing=0");
  }
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
  note_effect(fact, MACHINE_SPOILS,
              "Reading this clock takes a system call, so sampled latencies have much of the clock "
              "in them (timer_cost_ns says how much). Available here: %.100s.",
              available[0] ? available : "not known");
  note_remedy(fact, "echo tsc | sudo tee " CLOCK_FOLDER "current_clocksource");
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
    note_effect(fact, MACHINE_LIMITS,
                "Instructions and cache misses cannot be counted: the processor's counters are not "
                "visible here. Only times are to be had.");
    note_remedy(fact, "not from inside: a virtual machine's owner can turn a virtual PMU on");
  } else {
    char text[64];
    snprintf(text, sizeof text, "hardware, perf_event_paranoid %.0f", paranoid);
    note_text(fact, text);
    if (paranoid > 2) {
      note_effect(fact, MACHINE_LIMITS,
                  "Instructions and cache misses may not be counted by this user.");
      note_remedy(fact, "sudo sysctl kernel.perf_event_paranoid=2");
    }
  }
}

void note_how_it_is_set(const char *root, struct machine_facts *facts)
{
  note_governor(root, facts);
  note_turbo(root, facts);
  note_shared_cores(root, facts);
  note_address_randomisation(root, facts);
  note_huge_pages(root, facts);
  note_numa_balancing(root, facts);
  note_clock_source(root, facts);
  note_counters(root, facts);
}
