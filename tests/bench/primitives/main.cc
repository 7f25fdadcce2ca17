// SPDX-License-Identifier: Apache-2.0
// primitives/ beside std, absl, TBB and boost, in one run, as a table in Markdown: that of
// primitives/README.md. `primitives-bench --benchmark_filter=...` runs a part.
#include <sys/utsname.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <limits>
#include <map>
#include <optional>
#include <thread>

#include "tests/bench/primitives/contest.h"

namespace primitives_bench {
namespace {

constexpr int kThreads[] = {1, 2, 4, 8};

/// What was measured of one contestant: nanoseconds an operation by number of threads, the best of
/// all repetitions. Alone, time of the processor; together, that of the clock.
struct Contestant {
  std::string discipline;
  Side side;
  std::string name;
  std::map<int, double> nanoseconds;
};

std::vector<Contestant>& contestants() {
  static std::vector<Contestant> all;
  return all;
}

/// Keeps results, and says how far it is.
class Collector : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& /*context*/) override { return true; }

  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration || run.error_occurred) {
        continue;
      }
      Contestant& contestant =
          contestants().at(static_cast<std::size_t>(std::stoul(run.run_name.function_name)));
      const auto threads = static_cast<int>(run.threads);
      const double time = threads == 1 ? run.GetAdjustedCPUTime() : run.GetAdjustedRealTime();
      const auto [known, is_new] = contestant.nanoseconds.emplace(threads, time);
      known->second = std::min(known->second, time);
      if (is_new) {
        std::fprintf(stderr, "%s: %s, %d threads\n", contestant.discipline.c_str(),
                     contestant.name.c_str(), threads);
      }
    }
  }
};

/// The fastest of the equivalents of `ours` with so many threads.
std::optional<std::pair<double, std::string>> best_equivalent(const Contestant& ours, int threads) {
  std::optional<std::pair<double, std::string>> best;
  for (const Contestant& other : contestants()) {
    const auto time = other.nanoseconds.find(threads);
    if (other.discipline == ours.discipline && other.side == Side::kTheirs &&
        time != other.nanoseconds.end() && (!best || time->second < best->first)) {
      best = {time->second, other.name};
    }
  }
  return best;
}

void print_ratio(const Contestant& ours, int threads) {
  const auto own = ours.nanoseconds.find(threads);
  const auto best = best_equivalent(ours, threads);
  if (own == ours.nanoseconds.end()) {
    std::printf(" |");
  } else if (!best) {
    std::printf(" %.1f ns |", own->second);
  } else {
    std::printf(" %.2f |", own->second / best->first);
  }
}

void print_table() {
  std::printf(
      "| operation | | ns | best equivalent | ns | ratio alone | 2 threads | 4 | 8 |\n"
      "|---|---|---|---|---|---|---|---|---|\n");
  for (const Contestant& ours : contestants()) {
    const auto own = ours.nanoseconds.find(1);
    if (ours.side != Side::kOurs || own == ours.nanoseconds.end()) {
      continue;
    }
    std::printf("| %s | `%s` | %.1f |", ours.discipline.c_str(), ours.name.c_str(), own->second);
    if (const auto best = best_equivalent(ours, 1)) {
      std::printf(" `%s` | %.1f |", best->second.c_str(), best->first);
    } else {
      std::printf(" none | |");
    }
    for (const int threads : kThreads) {
      print_ratio(ours, threads);
    }
    std::printf("\n");
  }
}

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) {
      return line.substr(line.find(':') + 2);
    }
  }
  return "unknown processor";
}

void print_machine() {
  utsname system{};
  uname(&system);
  std::printf("%s, %u processors, Linux %s, ", processor().c_str(),
              std::thread::hardware_concurrency(), system.release);
#if defined(__clang__)
  std::printf("clang++ %s, -O2.\n\n", __clang_version__);
#else
  std::printf("g++ %s, -O2.\n\n", __VERSION__);
#endif
}

}  // namespace

void enter(const std::string& discipline, Side side, const std::string& name, Measure measure,
           int most, int least) {
  const std::string number = std::to_string(contestants().size());  // Its name: short and unique.
  contestants().push_back({discipline, side, name, {}});
  for (const int threads : kThreads) {
    if (threads >= least && threads <= most) {
      auto* const run = benchmark::RegisterBenchmark(number.c_str(), measure);
      run->Threads(threads)->UseRealTime();
      if (threads == 1) {
        run->MinTime(0.02)->Repetitions(9);
      } else {
        // A number of operations, not a time: a run in which threads happened to follow each other
        // says nothing about how long so many will take when they meet.
        run->Iterations(20000)->Repetitions(3);
      }
    }
  }
}

}  // namespace primitives_bench

int main(int argc, char** argv) {
  using namespace primitives_bench;
  benchmark::Initialize(&argc, argv);
  enter_locks();
  enter_signals();
  enter_queues();
  Collector collector;
  benchmark::RunSpecifiedBenchmarks(&collector);
  print_machine();
  print_table();
}
