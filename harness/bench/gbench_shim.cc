// gbench_shim.cc: see gbench_shim.h. The only C++ of the harness. Uses nothing whose meaning
// changed between Google Benchmark 1.7 and 1.9: one thread, manual time, plain counters (no rates).
#include "bench/gbench_shim.h"

#include <benchmark/benchmark.h>

#include <sstream>
#include <string>

struct gbench_state {
  benchmark::State *state;
};

void gbench_counter(gbench_state *to, const char *name, double value)
{
  to->state->counters[name] = benchmark::Counter(value);
}

void gbench_context(const char *name, const char *value)
{
  benchmark::AddCustomContext(name, value);
}

// The library tells in the context of its JSON only.
const char *gbench_library_build(void)
{
  static std::string build;
  std::ostringstream context, complaints;
  benchmark::JSONReporter reporter;
  reporter.SetOutputStream(&context);
  reporter.SetErrorStream(&complaints);
  reporter.ReportContext(benchmark::BenchmarkReporter::Context());
  const std::string json = context.str(), key = "\"library_build_type\": \"";
  size_t at = json.find(key);
  if (at != std::string::npos) {
    at += key.size();
    build = json.substr(at, json.find('"', at) - at);
  }
  return build.c_str();
}

void gbench_flags(int *argc, char **argv)
{
  benchmark::Initialize(argc, argv);
}

bool gbench_run(const gbench_benchmark *what)
{
  bool failed = false;
  benchmark::RegisterBenchmark(what->name,
                               [what, &failed](benchmark::State &state) {
                                 what->begin(what->arg);
                                 for (auto _ : state) {
                                   const char *error = "";
                                   double seconds = what->trial(what->arg, &error);
                                   if (seconds < 0) {
                                     failed = true;
                                     state.SkipWithError(error);
                                     return;
                                   }
                                   state.SetIterationTime(seconds);
                                 }
                                 gbench_state to{&state};
                                 what->end(what->arg, &to);
                               })
      ->UseManualTime()
      ->MinTime(what->min_time_s)
      ->Unit(benchmark::kNanosecond);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return !failed;
}
