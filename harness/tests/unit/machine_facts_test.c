/* machine_facts_test.c: facts and concerns of made-up machines. Each test starts from a quiet
 * machine with nothing to complain about and changes one thing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "measure/machine_facts.h"

static char root[64]; /* of the machine that the test is making */

static void put_bytes(const char *path, const char *bytes, size_t size)
{
  char whole[512];
  snprintf(whole, sizeof whole, "%s%s", root, path);
  for (char *slash = strchr(whole + strlen(root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    if (mkdir(whole, 0700) != 0)
      assert_int_equal(errno, EEXIST);
    *slash = '/';
  }
  FILE *file = fopen(whole, "w");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  assert_int_equal(fclose(file), 0);
}

static void put(const char *path, const char *text)
{
  put_bytes(path, text, strlen(text));
}

#define CPU_FOLDER "/sys/devices/system/cpu/"
#define CLOCK_FOLDER "/sys/devices/system/clocksource/clocksource0/"
#define CPUINFO                                                                                    \
  "processor\t: 0\nvendor_id\t: GenuineExample\nmodel name\t: Example 9000 @ 3.00GHz\n"            \
  "flags\t\t: fpu vme sse\n\nprocessor\t: 1\nmodel name\t: Other\n"

/* Two packages of two cores, no shared cores, two nodes. */
static void put_processors(void)
{
  static const char *const package[] = {"0-1\n", "0-1\n", "2-3\n", "2-3\n"};
  put(CPU_FOLDER "online", "0-3\n");
  put("/sys/devices/system/node/online", "0-1\n");
  put("/proc/self/status", "Name:\ttmb\nCpus_allowed:\tf\nCpus_allowed_list:\t0-3\n");
  for (int cpu = 0; cpu < 4; cpu++) {
    char path[128], text[16];
    snprintf(path, sizeof path, CPU_FOLDER "cpu%d/topology/thread_siblings_list", cpu);
    snprintf(text, sizeof text, "%d\n", cpu);
    put(path, text);
    snprintf(path, sizeof path, CPU_FOLDER "cpu%d/topology/core_siblings_list", cpu);
    put(path, package[cpu]);
    snprintf(path, sizeof path, CPU_FOLDER "cpu%d/cpufreq/scaling_governor", cpu);
    put(path, "performance\n");
  }
}

static int make_quiet_machine(void **state)
{
  (void)state;
  snprintf(root, sizeof root, "/tmp/machine_facts_test.XXXXXX");
  assert_non_null(mkdtemp(root));
  put("/proc/cpuinfo", CPUINFO);
  put("/proc/cmdline", "console=ttyS0 quiet\n");
  put_processors();
  put("/proc/meminfo", "MemTotal:       16777216 kB\nMemFree:        1000 kB\n");
  put("/proc/self/cgroup", "0::/user.slice\n");
  put("/proc/sys/kernel/osrelease", "6.1.0-example\n");
  put(CPU_FOLDER "intel_pstate/no_turbo", "1\n");
  put("/proc/sys/kernel/randomize_va_space", "0\n");
  put("/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
  put("/proc/sys/kernel/numa_balancing", "0\n");
  put(CLOCK_FOLDER "current_clocksource", "tsc\n");
  put(CLOCK_FOLDER "available_clocksource", "tsc hpet acpi_pm\n");
  put("/proc/sys/kernel/perf_event_paranoid", "1\n");
  put("/sys/bus/event_source/devices/cpu/type", "4\n");
  put("/proc/loadavg", "0.10 0.20 0.30 1/100 4711\n");
  put("/proc/stat", "cpu  1000 0 1000 8000 0 0 0 0 0 0\ncpu0 1 2 3\n");
  return 0;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
  (void)status, (void)kind, (void)walk;
  return remove(path);
}

static int remove_machine(void **state)
{
  (void)state;
  return nftw(root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static struct machine_facts *read_facts(void)
{
  static struct machine_facts facts;
  machine_facts_read(root, &facts);
  return &facts;
}

static const struct machine_fact *fact_of(const struct machine_facts *facts, const char *name)
{
  const struct machine_fact *fact = machine_facts_find(facts, name);
  if (!fact)
    fail_msg("there is no fact %s", name);
  return fact;
}

/* A fact with its sentences as one text: "" when it is fine. */
static const char *concern_of(const struct machine_fact *fact)
{
  static char text[1024];
  bool fine = fact->severity == MACHINE_FINE;
  assert_int_equal(fact->effect[0] == '\0', fine);
  assert_int_equal(fact->remedy[0] == '\0', fine);
  if (!fine && fact->effect[strlen(fact->effect) - 1] != '.')
    fail_msg("%s: \"%s\" is not a whole sentence", fact->name, fact->effect);
  snprintf(text, sizeof text, "%s%s%s", fact->effect, fine ? "" : " ", fact->remedy);
  return text;
}

/* The fact has that value and a concern that names `mend`, or none where mend is NULL; and no other
 * fact is of concern. */
static void check(const char *name, const char *value, const char *mend)
{
  const struct machine_facts *facts = read_facts();
  for (size_t i = 0; i < facts->count; i++)
    if (strcmp(facts->fact[i].name, name) != 0 && facts->fact[i].severity != MACHINE_FINE)
      fail_msg("%s is of concern too: %s", facts->fact[i].name, facts->fact[i].effect);
  const struct machine_fact *fact = fact_of(facts, name);
  assert_string_equal(fact->value, value);
  if (!mend)
    assert_string_equal(concern_of(fact), "");
  else if (!strstr(concern_of(fact), mend))
    fail_msg("%s: \"%s\" does not say \"%s\"", name, concern_of(fact), mend);
}

static void a_quiet_machine_is_described(void **state)
{
  (void)state;
  check("processor", "Example 9000 @ 3.00GHz", NULL);
  check("packages", "2", NULL);
  check("cores", "4", NULL);
  check("cpus", "4", NULL);
  check("numa_nodes", "2", NULL);
  check("cpus_allowed", "0-3", NULL);
  check("memory_bytes", "17179869184", NULL);
  check("memory_limit_bytes", "none", NULL);
  check("cpu_limit", "none", NULL);
  check("kernel", "6.1.0-example", NULL);
  check("hypervisor", "none found", NULL);
  check("emulated", "not known to be", NULL);
  check("governor", "performance", NULL);
  check("turbo", "off", NULL);
  check("smt", "off", NULL);
  check("address_randomisation", "off", NULL);
  check("transparent_huge_pages", "madvise", NULL);
  check("numa_balancing", "off", NULL);
  check("clock_source", "tsc", NULL);
  check("performance_counters", "hardware, perf_event_paranoid 1", NULL);
  check("load_average", "0.10", NULL);
  check("steal_time_share", "0.0000", NULL);
  assert_null(machine_facts_find(read_facts(), "colour"));
}

static void settings_are_of_concern(void **state)
{
  (void)state;
  static const struct {
    const char *path, *text, *name, *value, *mend;
  } change[] = {
      {CPU_FOLDER "cpu3/cpufreq/scaling_governor", "powersave", "governor", "mixed", "cpupower"},
      {CPU_FOLDER "intel_pstate/no_turbo", "0", "turbo", "on", "echo 1 | sudo tee"},
      {"/proc/sys/kernel/randomize_va_space", "2", "address_randomisation", "on", "setarch -R"},
      {"/sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never",
       "transparent_huge_pages", "always", "echo madvise | sudo tee"},
      {"/proc/sys/kernel/numa_balancing", "1", "numa_balancing", "on", "kernel.numa_balancing=0"},
      {CLOCK_FOLDER "current_clocksource", "hpet", "clock_source", "hpet",
       "Available here: tsc hpet acpi_pm"},
      {"/proc/sys/kernel/perf_event_paranoid", "3", "performance_counters",
       "hardware, perf_event_paranoid 3", "kernel.perf_event_paranoid=2"},
      {"/proc/loadavg", "0.51 0 0", "load_average", "0.51", "top"},
      {"/proc/stat", "cpu  1000 0 1000 7980 0 0 0 20 0 0", "steal_time_share", "0.0020", "0.20 %"},
      {"/proc/self/status", "Cpus_allowed_list:\t1,3\n", "cpus_allowed", "1,3", "2 of the 4 CPUs"},
  };
  char before[MACHINE_FINGERPRINT_BYTES], after[MACHINE_FINGERPRINT_BYTES];
  machine_facts_fingerprint(read_facts(), before);
  for (size_t i = 0; i < sizeof change / sizeof change[0]; i++) {
    put(change[i].path, change[i].text);
    check(change[i].name, change[i].value, change[i].mend);
    machine_facts_fingerprint(read_facts(), after);
    assert_string_equal(before, after); /* still the same machine */
    remove_machine(NULL);
    make_quiet_machine(NULL);
  }
}

static void an_emulated_machine_says_so(void **state)
{
  (void)state;
  put("/proc/cmdline", "console=ttyS0 tmb.emulated quiet\n");
  check("emulated", "yes", "a machine with processors");
  assert_true(machine_facts_emulated(read_facts()));
  put("/proc/cmdline", "tmb.emulated=0 nottmb.emulated\n"); /* other words */
  check("emulated", "not known to be", NULL);
  assert_false(machine_facts_emulated(read_facts()));
  put("/proc/cpuinfo", "model name\t: QEMU TCG CPU version 2.5+\n");
  check("emulated", "yes", "no report is made of it");
}

static void limits_of_concern_are_exact(void **state)
{
  (void)state;
  put("/proc/loadavg", "0.50 0 0");
  check("load_average", "0.50", NULL);
  put("/proc/stat", "cpu  1000 0 1000 7990 0 0 0 10 0 0");
  check("steal_time_share", "0.0010", NULL);
  put("/sys/devices/system/node/online", "0");
  put("/proc/sys/kernel/numa_balancing", "1"); /* nowhere to move pages to */
  check("numa_balancing", "on", NULL);
}

static void other_ways_to_say_it(void **state)
{
  (void)state;
  char path[128];
  snprintf(path, sizeof path, "%s" CPU_FOLDER "intel_pstate/no_turbo", root);
  assert_int_equal(unlink(path), 0);
  check("turbo", "not exposed here", NULL);
  put(CPU_FOLDER "cpufreq/boost", "1"); /* AMD */
  check("turbo", "on", "echo 0 | sudo tee");
  put(CPU_FOLDER "cpufreq/boost", "0");
  check("turbo", "off", NULL);
  snprintf(path, sizeof path, "%s" CPU_FOLDER "cpufreq/boost", root);
  assert_int_equal(unlink(path), 0);
  put(CPU_FOLDER "cpufreq/policy0/boost", "1"); /* AMD, by policy */
  check("turbo", "on", "policy*/boost");
  put(CPU_FOLDER "cpufreq/policy0/boost", "0");
  check("turbo", "off", NULL);
  put("/proc/cpuinfo", "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n"); /* Arm */
  check("processor", "implementer 0x41, part 0xd0c", NULL);
  snprintf(path, sizeof path, "%s/sys/bus/event_source/devices/cpu", root);
  char moved[160];
  snprintf(moved, sizeof moved, "%s/sys/bus/event_source/devices/armv8_pmuv3_0", root);
  assert_int_equal(rename(path, moved), 0);
  check("performance_counters", "hardware, perf_event_paranoid 1", NULL);
  snprintf(path, sizeof path, "%s/sys/bus/event_source/devices/software", root);
  assert_int_equal(rename(moved, path), 0);
  check("performance_counters", "software only", "virtual PMU");
}

static void shared_cores_are_of_concern(void **state)
{
  (void)state;
  for (int cpu = 0; cpu < 4; cpu++) {
    char path[128];
    snprintf(path, sizeof path, CPU_FOLDER "cpu%d/topology/thread_siblings_list", cpu);
    put(path, cpu < 2 ? "0-1" : "2,3");
  }
  check("smt", "on", "smt/control");
  put(CPU_FOLDER "smt/active", "0"); /* the kernel's own word is believed first */
  check("smt", "off", NULL);
  put(CPU_FOLDER "smt/active", "1");
  check("smt", "on", "scatter");
  assert_string_equal(fact_of(read_facts(), "cores")->value, "2");
}

static void hypervisors_are_named(void **state)
{
  (void)state;
  put("/proc/cpuinfo", "model name\t: X\nflags\t\t: fpu hypervisorish sse\n");
  check("hypervisor", "none found", NULL);
  put("/proc/cpuinfo", "model name\t: X\nflags\t\t: fpu hypervisor sse\n");
  check("hypervisor", "of unknown kind", "virtual machine");
  put("/sys/class/dmi/id/sys_vendor", "QEMU");
  put("/sys/class/dmi/id/product_name", "Standard PC");
  check("hypervisor", "QEMU Standard PC", "virtual machine");
  put("/sys/hypervisor/type", "xen");
  check("hypervisor", "xen QEMU Standard PC", "virtual machine");
}

/* ---- a bad laptop ---- */

static void all_concerns_of_one_machine_are_told(void **state)
{
  (void)state;
  put(CPU_FOLDER "cpu0/cpufreq/scaling_governor", "powersave");
  put(CPU_FOLDER "intel_pstate/no_turbo", "0");
  put(CPU_FOLDER "smt/active", "1");
  put("/proc/sys/kernel/randomize_va_space", "2");
  put("/sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never");
  put(CLOCK_FOLDER "current_clocksource", "hpet");
  put("/proc/loadavg", "3.20 1 1");
  static const struct {
    const char *name;
    enum machine_severity severity;
  } expected[] = {{"governor", MACHINE_SPOILS},
                  {"turbo", MACHINE_SPOILS},
                  {"smt", MACHINE_LIMITS},
                  {"address_randomisation", MACHINE_LIMITS},
                  {"transparent_huge_pages", MACHINE_SPOILS},
                  {"clock_source", MACHINE_SPOILS},
                  {"load_average", MACHINE_SPOILS}};
  const struct machine_facts *facts = read_facts();
  for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
    assert_int_equal(fact_of(facts, expected[i].name)->severity, expected[i].severity);
  assert_int_equal(machine_facts_count(facts, MACHINE_LIMITS), 7);
  assert_int_equal(machine_facts_count(facts, MACHINE_SPOILS), 5);
}

/* ---- two looks, and the program ---- */

static const char *look_twice(const char *before, const char *after, const char *name,
                              enum machine_severity *severity)
{
  static struct machine_facts facts;
  struct processor_times first, second;
  put("/proc/stat", before);
  processor_times_read(root, &first);
  put("/proc/stat", after);
  processor_times_read(root, &second);
  machine_facts_read(root, &facts);
  machine_facts_note_interval(&facts, &first, &second);
  *severity = fact_of(&facts, name)->severity;
  concern_of(fact_of(&facts, name));
  return fact_of(&facts, name)->value;
}

static void an_interval_is_watched(void **state)
{
  (void)state;
  static const struct {
    const char *before, *after, *name, *value;
    enum machine_severity severity;
  } looks[] = {
      /* 400 ticks pass on 4 processors */
      {"cpu 10 0 0 1000 0 0 0 0", "cpu 10 0 0 1400 0 0 0 0", "busy_processors_now", "0.00", 0},
      {"cpu 10 0 0 1000 0 0 0 0", "cpu 60 0 0 1350 0 0 0 0", "busy_processors_now", "0.50", 0},
      {"cpu 10 0 0 1000 0 0 0 0", "cpu 60 0 1 1349 0 0 0 0", "busy_processors_now", "0.51",
       MACHINE_SPOILS},
      {"cpu 10 0 0 1000 0 0 0 0", "cpu 10 0 0 1000 400 0 0 0", "busy_processors_now", "0.00", 0},
      {"cpu 10 0 0 1000 0 0 0 7", "cpu 10 0 0 1392 0 0 0 15", "steal_time_share_now", "0.0200", 0},
      {"cpu 10 0 0 1000 0 0 0 7", "cpu 10 0 0 1391 0 0 0 16", "steal_time_share_now", "0.0225",
       MACHINE_SPOILS},
      /* steal is nobody's work */
      {"cpu 10 0 0 1000 0 0 0 0", "cpu 10 0 0 1000 0 0 0 400", "busy_processors_now", "0.00", 0},
      /* no time passed, or time ran backwards, or no such file */
      {"cpu 10 0 0 1000 0 0 0 0", "cpu 10 0 0 1000 0 0 0 0", "busy_processors_now",
       "not exposed here", 0},
      {"cpu 10 0 0 1000 0 0 0 0", "cpu 10 0 0 900 0 0 0 0", "steal_time_share_now",
       "not exposed here", 0},
      {"", "cpu 10 0 0 900 0 0 0 0", "steal_time_share_now", "not exposed here", 0},
  };
  for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
    enum machine_severity severity;
    assert_string_equal(look_twice(looks[i].before, looks[i].after, looks[i].name, &severity),
                        looks[i].value);
    assert_int_equal(severity, looks[i].severity);
  }
}

static void the_program_is_a_fact_too(void **state)
{
  (void)state;
  static const struct {
    struct program_build build;
    const char *name, *value;
    enum machine_severity severity;
  } programs[] = {
      {{"Release", "", "release"}, "build_type", "Release", MACHINE_FINE},
      {{"RelWithDebInfo", "", "release"}, "build_type", "RelWithDebInfo", MACHINE_FINE},
      {{"Debug", "", "release"}, "build_type", "Debug", MACHINE_SPOILS},
      {{"", "", "release"}, "build_type", "none", MACHINE_SPOILS},
      {{"Release", "", "release"}, "sanitizers", "none", MACHINE_FINE},
      {{"Release", "thread", "release"}, "sanitizers", "thread", MACHINE_SPOILS},
      {{"Release", "", "release"}, "benchmark_library", "release", MACHINE_FINE},
      {{"Release", "", "debug"}, "benchmark_library", "debug", MACHINE_LIMITS},
      {{"Release", "", ""}, "benchmark_library", "not exposed here", MACHINE_FINE},
  };
  for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
    struct machine_facts facts;
    machine_facts_read(root, &facts);
    machine_facts_note_program(&facts, &programs[i].build);
    const struct machine_fact *fact = fact_of(&facts, programs[i].name);
    assert_string_equal(fact->value, programs[i].value);
    assert_int_equal(fact->severity, programs[i].severity);
    concern_of(fact);
    assert_int_equal(machine_facts_count(&facts, MACHINE_LIMITS),
                     programs[i].severity != MACHINE_FINE);
  }
}

/* ---- control groups ---- */

static void limits_of_version_2(void **state)
{
  (void)state;
  put("/proc/self/cgroup", "0::/box/inner\n");
  put("/sys/fs/cgroup/box/inner/cpu.max", "max 100000");
  put("/sys/fs/cgroup/box/inner/memory.max", "max");
  check("cpu_limit", "none", NULL);
  check("memory_limit_bytes", "none", NULL);
  put("/sys/fs/cgroup/box/cpu.max", "150000 100000"); /* the outer group counts too */
  check("cpu_limit", "1.50", "--cpus");
  put("/sys/fs/cgroup/box/inner/cpu.max", "400000 100000"); /* not the tightest */
  check("cpu_limit", "1.50", "--cpus");
  put("/sys/fs/cgroup/box/inner/cpu.max", "50000 100000");
  check("cpu_limit", "0.50", "--cpus");
  put("/sys/fs/cgroup/box/inner/cpu.max", "max 100000");
  put("/sys/fs/cgroup/box/cpu.max", "max 100000");
  put("/sys/fs/cgroup/box/memory.max", "34359738368"); /* more than there is */
  check("memory_limit_bytes", "34359738368", NULL);
  put("/sys/fs/cgroup/box/memory.max", "4294967296");
  check("memory_limit_bytes", "4294967296", "4.0 of the machine's 16.0 GiB");
}

static void limits_of_version_1(void **state)
{
  (void)state;
  put("/proc/self/cgroup", "4:memory:/box\n3:cpuset:/\n2:cpu,cpuacct:/box\n0::/\n");
  put("/sys/fs/cgroup/cpu/box/cpu.cfs_quota_us", "-1");
  put("/sys/fs/cgroup/cpu/box/cpu.cfs_period_us", "100000");
  put("/sys/fs/cgroup/memory/box/memory.limit_in_bytes", "9223372036854771712");
  check("cpu_limit", "none", NULL);
  check("memory_limit_bytes", "none", NULL);
  put("/sys/fs/cgroup/cpu/box/cpu.cfs_quota_us", "200000");
  check("cpu_limit", "2.00", "--cpus");
  put("/sys/fs/cgroup/cpu/box/cpu.cfs_quota_us", "-1");
  put("/sys/fs/cgroup/memory/box/memory.limit_in_bytes", "1073741824");
  check("memory_limit_bytes", "1073741824", "--memory");
}

static void limits_inside_a_container(void **state)
{
  (void)state;
  put("/proc/self/cgroup", "4:memory:/docker/0123\n0::/\n"); /* a path that is not visible */
  put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "1073741824");
  check("memory_limit_bytes", "1073741824", "--memory");
}

/* ---- the fingerprint ---- */

static void the_fingerprint_tells_machines_apart(void **state)
{
  (void)state;
  static const struct {
    const char *path, *text;
    bool same;
  } change[] = {
      {"/proc/cpuinfo", "model name\t: Example 9001\n", false},
      {"/proc/cpuinfo", "model name\t: Example 9000 @ 3.00GHz\nflags\t: hypervisor\n", false},
      {"/proc/meminfo", "MemTotal: 33554432 kB\n", false},
      {"/proc/meminfo", "MemTotal: 16777000 kB\n", true}, /* rounds to the same */
      {"/proc/sys/kernel/osrelease", "6.1.1-example\n", false},
      {CPU_FOLDER "online", "0-2\n", false},
      {"/sys/devices/system/node/online", "0\n", false},
      {"/proc/cmdline", "tmb.emulated\n", false},
      {"/proc/uptime", "1 2\n", true},
  };
  for (size_t i = 0; i < sizeof change / sizeof change[0]; i++) {
    char before[MACHINE_FINGERPRINT_BYTES], after[MACHINE_FINGERPRINT_BYTES];
    machine_facts_fingerprint(read_facts(), before);
    assert_int_equal(strspn(before, "0123456789abcdef"), MACHINE_FINGERPRINT_BYTES - 1);
    put(change[i].path, change[i].text);
    machine_facts_fingerprint(read_facts(), after);
    assert_int_equal(strcmp(before, after) == 0, change[i].same);
    remove_machine(NULL);
    make_quiet_machine(NULL);
  }
}

/* ---- what is missing or broken ---- */

static void an_empty_system_says_nothing(void **state)
{
  (void)state;
  struct machine_facts facts;
  machine_facts_read("/nonexistent", &facts);
  assert_int_equal(facts.count, read_facts()->count); /* the same facts everywhere */
  for (size_t i = 0; i < facts.count; i++) {
    assert_string_equal(facts.fact[i].value, "not exposed here");
    assert_string_equal(concern_of(&facts.fact[i]), "");
  }
}

static void damaged_files_do_no_harm(void **state)
{
  (void)state;
  static const char *const path[] = {"/proc/cpuinfo",
                                     "/proc/meminfo",
                                     "/proc/self/cgroup",
                                     "/proc/self/status",
                                     "/proc/stat",
                                     "/proc/loadavg",
                                     "/proc/sys/kernel/osrelease",
                                     CPU_FOLDER "online",
                                     CLOCK_FOLDER "current_clocksource",
                                     "/sys/kernel/mm/transparent_hugepage/enabled",
                                     "/sys/devices/system/node/online"};
  static const char *const text[] = {"",
                                     "\n\n\n",
                                     "\xff\xfe\x01",
                                     ":::",
                                     "0-99999999",
                                     "7-3",
                                     "-5",
                                     "0-",
                                     "[",
                                     "inf",
                                     "nan",
                                     "cpu cpu",
                                     "1:,cpu,:x",
                                     "0::no slash",
                                     "MemTotal: zwei",
                                     "MemTotal: 1e999 kB",
                                     "MemTotal: 1e300 kB",
                                     "1e300",
                                     "cpu inf 1 1 1 1 1 1 inf",
                                     "model name\t: \xc3\x28"};
  char *large = malloc(100000);
  assert_non_null(large);
  memset(large, '/', 100000);
  memcpy(large, "0::", 3);
  for (size_t i = 0; i < sizeof path / sizeof path[0]; i++) {
    for (size_t j = 0; j <= sizeof text / sizeof text[0]; j++) {
      if (j < sizeof text / sizeof text[0])
        put(path[i], text[j]);
      else
        put_bytes(path[i], large, 100000);
      json_t *json = machine_facts_json(read_facts());
      if (!json) /* a value that is no text */
        fail_msg("%s: \"%s\"", path[i], j < sizeof text / sizeof text[0] ? text[j] : "large");
      json_decref(json);
    }
  }
  free(large);
}

static void json_is_as_the_results_page_says(void **state)
{
  (void)state;
  put("/proc/loadavg", "0.75 0 0");
  json_t *json = machine_facts_json(read_facts());
  char fingerprint[MACHINE_FINGERPRINT_BYTES];
  machine_facts_fingerprint(read_facts(), fingerprint);
  assert_int_equal(json_integer_value(json_object_get(json, "v")), 1);
  assert_string_equal(json_string_value(json_object_get(json, "fingerprint")), fingerprint);
  const json_t *facts = json_object_get(json, "facts"), *fact;
  assert_int_equal(json_array_size(facts), read_facts()->count);
  size_t index;
  json_array_foreach(facts, index, fact)
  {
    assert_int_equal(json_object_size(fact), 6);
    const char *name = json_string_value(json_object_get(fact, "name"));
    const json_t *value = json_object_get(fact, "value");
    bool is_load = strcmp(name, "load_average") == 0;
    assert_int_equal(json_is_string(json_object_get(fact, "concern")), is_load);
    assert_int_equal(json_is_null(json_object_get(fact, "concern")), !is_load);
    assert_int_equal(json_is_string(json_object_get(fact, "effect")), is_load);
    assert_int_equal(json_is_null(json_object_get(fact, "remedy")), !is_load);
    assert_string_equal(json_string_value(json_object_get(fact, "severity")),
                        is_load ? "spoils" : "fine");
    if (strcmp(name, "memory_bytes") == 0)
      assert_int_equal(json_integer_value(value), 17179869184);
    if (is_load)
      assert_true(json_real_value(value) == 0.75);
    if (strcmp(name, "kernel") == 0)
      assert_string_equal(json_string_value(value), "6.1.0-example");
  }
  json_decref(json);
}

static void this_machine_can_be_read(void **state)
{
  (void)state;
  struct machine_facts facts;
  machine_facts_read("", &facts);
  assert_string_not_equal(fact_of(&facts, "kernel")->value, "not exposed here");
  assert_string_not_equal(fact_of(&facts, "memory_bytes")->value, "not exposed here");
}

#define MACHINE_TEST(test) cmocka_unit_test_setup_teardown(test, make_quiet_machine, remove_machine)

int main(void)
{
  const struct CMUnitTest tests[] = {
      MACHINE_TEST(a_quiet_machine_is_described),
      MACHINE_TEST(settings_are_of_concern),
      MACHINE_TEST(an_emulated_machine_says_so),
      MACHINE_TEST(limits_of_concern_are_exact),
      MACHINE_TEST(other_ways_to_say_it),
      MACHINE_TEST(shared_cores_are_of_concern),
      MACHINE_TEST(hypervisors_are_named),
      MACHINE_TEST(all_concerns_of_one_machine_are_told),
      MACHINE_TEST(an_interval_is_watched),
      MACHINE_TEST(the_program_is_a_fact_too),
      MACHINE_TEST(limits_of_version_2),
      MACHINE_TEST(limits_of_version_1),
      MACHINE_TEST(limits_inside_a_container),
      MACHINE_TEST(the_fingerprint_tells_machines_apart),
      MACHINE_TEST(an_empty_system_says_nothing),
      MACHINE_TEST(damaged_files_do_no_harm),
      MACHINE_TEST(json_is_as_the_results_page_says),
      cmocka_unit_test(this_machine_can_be_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
