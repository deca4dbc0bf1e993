/* fake_run.c: writes a run's folder with made-up figures, for the tests of `tmb report`.
 *
 *   fake_run FOLDER [COMMIT [FINGERPRINT [THREADS [MACHINE]]]]
 *
 * With MACHINE, hwloc's words for one, there is a topology.xml of it too, and some points were
 * placed in two ways.
 *
 * The figures follow simple curves and a fixed noise. They say nothing about any map. One map is
 * wrong and one text is hostile, so that the tests see what becomes of either. */
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "place/topology.h"

#define ROUNDS 5

static const struct map {
  const char *name, *region;
  double base_ns, chain_ns, level_ns, bytes; /* cost: base + chain * n/8192 + level * log4(n) */
  double serial;                             /* share of an insert that threads do one at a time */
  bool baseline;
} maps[] = {
    {"fixed_bucket", "region_locked", 40, 9, 0, 96, 0.9, false},
    {"hash_trie", "region_shared", 20, 0, 9, 104, 0.1, false},
    {"sharded_map", "region_sharded", 35, 0.5, 4, 120, 0.15, false},
    {"chase_only", "region_shared", 8, 0, 1, 0, 0, true},
    {"hash_only", "region_shared", 6, 0, 0, 0, 0, true},
    {"id_only", "region_shared", 7, 0, 0, 0, 0, true},
    {"null_map", "region_locked", 2.2, 0, 0, 0, 0, false},
};

struct result {
  const char *workload, *kind, *pages, *outcome, *arm, *place;
  const struct map *map;
  uint64_t keys;
  unsigned threads;
};

static uint64_t random_state = 42;

/* Factors around 1. */
static double noise(double width)
{
  double sum = 0;
  for (int i = 0; i < 4; i++) {
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    sum += (double)(random_state >> 40) / (double)(1 << 24) - 0.5;
  }
  return exp(width * sum);
}

static double model_ns(const struct result *result)
{
  const struct map *map = result->map;
  double n = (double)result->keys;
  bool adds = !strcmp(result->outcome, "added"), cold = !strcmp(result->pages, "cold");
  double ns = map->base_ns + map->chain_ns * n / 8192 + map->level_ns * log2(n) / 2;
  if (map->bytes > 0) {
    ns *= adds ? 1.8 : 1;
    ns += adds && cold ? 45 : 0;
    ns *= !strcmp(result->kind, "stacks") ? 1.4 : 1;
  }
  return ns * (1 + (adds ? map->serial : 0.03) * (result->threads - 1));
}

static json_t *histogram_of(const char *name, unsigned round, const char *outcome, double ns)
{
  json_t *buckets = json_array();
  double count = 20000, left = count, max = 0;
  for (double upper = floor(ns * 0.5) + 1; left > 0; upper = ceil(upper * 1.07) + 1) {
    double below = 1 - pow(ns * 0.55 / upper, upper < 20 * ns ? 2.2 : 1.6);
    double here = fmin(left, fmax(0, floor(count * below) - (count - left)));
    if (upper > 4000 * ns)
      here = left;
    if (here > 0)
      json_array_append_new(buckets, json_pack("[I, I]", (json_int_t)upper, (json_int_t)here));
    left -= here;
    max = upper;
  }
  return json_pack("{s:s, s:i, s:s, s:I, s:I, s:o}", "name", name, "round", (int)round, "outcome",
                   outcome, "count", (json_int_t)count, "max_ns", (json_int_t)max - 1, "buckets",
                   buckets);
}

static void add_rounds(json_t *benchmarks, json_t *histograms, const struct result *result)
{
  char name[256];
  bool replay = !strcmp(result->workload, "replay");
  snprintf(name, sizeof name, "%s/%s/%s/kind:%s/keys:%ju/pages:%s/place:%s%s/threads:%u",
           result->workload, result->map->name, result->map->region, result->kind,
           (uintmax_t)result->keys, result->pages, result->place, result->arm[0] ? "/arm:aa" : "",
           result->threads);
  for (unsigned round = 0; round < ROUNDS; round++) {
    double ns = model_ns(result) * noise(0.06), timer = 24;
    json_t *entry =
        json_pack("{s:s, s:s, s:s, s:i, s:i, s:i, s:f, s:f, s:s}", "name", name, "run_name", name,
                  "run_type", "iteration", "repetitions", ROUNDS, "repetition_index", (int)round,
                  "iterations", 12, "real_time", ns * 1e5, "cpu_time", ns * 1e5, "time_unit", "ns");
    json_object_set_new(entry, "point",
                        json_pack("{s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:i, s:s, s:{}}", "workload",
                                  result->workload, "map", result->map->name, "region",
                                  result->map->region, "kind", result->kind, "keys",
                                  (json_int_t)result->keys, "pages", result->pages, "place",
                                  result->place, "threads", (int)result->threads, "arm",
                                  result->arm, "parameters"));
    if (result->map->baseline)
      json_object_set_new(json_object_get(entry, "point"), "baseline", json_true());
    if (replay)
      json_object_set_new(json_object_get(entry, "point"), "corpus", json_string("made-up.corpus"));
    struct {
      const char *name;
      double value;
    } counters[] = {
        {"ns_per_op", ns},
        {"ops_per_s", 1e9 * result->threads / ns},
        {"ops_per_s_thread_min", 0.9e9 / ns},
        {"ops_per_s_thread_max", 1.1e9 / ns},
        {result->map->baseline ? "found" : result->outcome, 1},
        {"page_faults", strcmp(result->pages, "cold") ? 3 : (double)result->keys / 40},
        {"bytes_per_key", result->map->bytes + 131072 / (double)result->keys},
        {"depth_mean", 1 + log2((double)result->keys) / 2},
        {"peak_rss_bytes", 4e6 + 300 * (double)result->keys},
        {"timer_cost_ns", timer},
    };
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
      json_object_set_new(entry, counters[i].name, json_real(counters[i].value));
    if (result->map->bytes > 0) {
      static const struct {
        const char *name;
        double factor;
      } percentiles[] = {{"p50", 0.8}, {"p90", 1.6}, {"p99", 5}, {"p999", 20}, {"max", 900}};
      for (size_t i = 0; i < sizeof percentiles / sizeof *percentiles; i++) {
        char counter[64];
        snprintf(counter, sizeof counter, "latency_%s_%s_ns", result->outcome, percentiles[i].name);
        json_object_set_new(entry, counter, json_real(percentiles[i].factor * ns + timer));
      }
      json_array_append_new(histograms, histogram_of(name, round, result->outcome, ns + timer));
    } else {
      json_object_set_new(entry, "bare_loop_ns_per_op", json_real(ns - 1.1));
      json_object_set_new(entry, "harness_ns_per_op", json_real(1.1));
    }
    if (replay) {
      json_object_set_new(entry, "fact_repeat_share", json_real(0.934));
      json_object_set_new(entry, "fact_distinct_keys", json_real((double)result->keys));
      json_object_set_new(entry, "fact_streams", json_real(6));
    }
    json_array_append_new(benchmarks, entry);
  }
}

static void add_points(json_t *benchmarks, json_t *histograms, unsigned threads_most,
                       bool two_places)
{
  static const struct {
    const char *workload, *kind, *pages, *outcome;
  } series[] = {
      {"unique_inserts", "strings", "warm", "added"},
      {"unique_inserts", "strings", "cold", "added"},
      {"unique_inserts", "stacks", "warm", "added"},
      {"repeated_hits", "strings", "warm", "found"},
      {"same_key_race", "strings", "warm", "added"},
      {"misses", "strings", "warm", "missed"},
      {"replay", "strings", "warm", "found"},
  };
  for (size_t s = 0; s < sizeof series / sizeof *series; s++) {
    bool replay = !strcmp(series[s].workload, "replay");
    for (size_t m = 0; m < sizeof maps / sizeof *maps; m++) {
      for (uint64_t keys = 1000; keys <= 1000000; keys *= 10) {
        for (unsigned threads = 1; threads <= threads_most; threads *= 2) {
          struct result result = {series[s].workload,
                                  series[s].kind,
                                  series[s].pages,
                                  series[s].outcome,
                                  "",
                                  "compact",
                                  &maps[m],
                                  replay ? 6512 : keys,
                                  threads};
          if (replay && keys != 1000)
            continue;
          add_rounds(benchmarks, histograms, &result);
          if (s == 3 && m < 2 && keys == 10000) {
            result.arm = "A/A";
            add_rounds(benchmarks, histograms, &result);
            result.arm = "";
          }
          result.place = "scatter";
          if (two_places && s == 3)
            add_rounds(benchmarks, histograms, &result);
        }
      }
    }
  }
}

static int dump(json_t *root, const char *folder, const char *name)
{
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  int failed = json_dump_file(root, path, JSON_INDENT(1));
  json_decref(root);
  return failed;
}

static int write_topology(const char *folder, const char *machine)
{
  struct topology *topology;
  char path[4096], error[TOPOLOGY_ERROR_BYTES];
  snprintf(path, sizeof path, "%s/topology.xml", folder);
  if (topology_load_synthetic(machine, &topology, error) != 0)
    return 1;
  int failed = topology_export_xml(topology, path, error);
  topology_destroy(topology);
  return failed;
}

int main(int argc, char **argv)
{
  if (argc < 2 || argc > 6) {
    fprintf(stderr, "usage: fake_run FOLDER [COMMIT [FINGERPRINT [THREADS [MACHINE]]]]\n");
    return 4;
  }
  unsigned threads = argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : 2;
  json_t *benchmarks = json_array(), *histograms = json_array();
  mkdir(argv[1], 0777);
  add_points(benchmarks, histograms, threads, argc > 5);
  json_t *failures = json_pack(
      "[{s:s, s:i, s:s, s:s}, {s:s, s:i, s:s, s:s}]", "name",
      "repeated_hits/wrong_map/region_shared/kind:strings/keys:1000/pages:warm/place:compact/"
      "threads:2",
      "round", 1, "reason", "oracle", "detail", "key 17 has two ids, 4 & 9: <b>made up</b>", "name",
      "not the name of a point", "round", 0, "reason", "hang", "detail", "made up \033[31m");
  json_t *context = json_pack("{s:s, s:s, s:i, s:s, s:s, s:s, s:i, s:s, s:b, s:o}", "date",
                              "2024-03-01T12:00:00+00:00", "host_name", "nowhere", "num_cpus",
                              (int)threads, "tmb_version", "0.0.0", "commit",
                              argc > 2 ? argv[2] : "0000000", "build", "made up, Release", "seed",
                              7, "profile", "quick", "complete", 0, "failures", failures);
  json_t *machine = json_pack(
      "{s:i, s:s, s:[{s:s, s:s, s:n}, {s:s, s:i, s:n}, {s:s, s:s, s:n}, {s:s, s:s, s:s}]}", "v", 1,
      "fingerprint", argc > 3 ? argv[3] : "feedface", "facts", "name", "processor", "value",
      "Made-Up 9000 \"M's\" Processor", "concern", "name", "cpus", "value", 2, "concern", "name",
      "kernel", "value", "Linux 0.0", "concern", "name", "hypervisor", "value", "yes", "concern",
      "The figures are made up: <script>alert(1)</script> & no machine is like this.");
  if (!failures || !context || !machine)
    return 4;
  int failed = dump(json_pack("{s:o, s:o}", "context", context, "benchmarks", benchmarks), argv[1],
                    "bench.json");
  failed |=
      dump(json_pack("{s:i, s:o}", "v", 1, "entries", histograms), argv[1], "histograms.json");
  failed |= dump(machine, argv[1], "machine.json");
  failed |= argc > 5 && write_topology(argv[1], argv[5]) != 0;
  return failed ? 4 : 0;
}
