// SPDX-License-Identifier: Apache-2.0
// How many schedules each strategy needs to the first finding: the buggy variants of the gallery
// that the exhaustive search explores, and the scheduler benchmarks beside this file.
//
//   heddle-strategies [--seeds N] [--most N] [--svg FILE] [SUBSTRING...]
//
// A figure is the mean over the seeds; runs that found nothing within the most schedules count as
// that many, and how many they were stands behind it. The enumerations draw nothing: one run.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"
#include "tests/bench/strategies/programs.h"

namespace {

using heddle::SearchKind;

struct Strategy {
  const char* name;
  SearchKind kind;
  bool draws;
};

constexpr Strategy kStrategies[] = {
    {"random", SearchKind::kRandom, true},
    {"pct", SearchKind::kPct, true},
    {"pos", SearchKind::kPos, true},
    {"surw", SearchKind::kSurw, true},
    {"preempt", SearchKind::kPreemptions, false},
    {"delays", SearchKind::kDelays, false},
    {"portfolio", SearchKind::kPortfolio, true},
};
constexpr std::size_t kCount = std::size(kStrategies);

struct Request {
  std::uint64_t seeds = 20;
  std::uint64_t most = 5000;
  std::string svg;
  std::vector<std::string> names;
};

struct Figure {
  double mean = 0;
  std::uint64_t missed = 0;
};

struct Row {
  std::string name;
  Figure figures[kCount];
  /// Of the portfolio, which is the last one, to the best of the others.
  double ratio() const {
    double best = figures[0].mean;
    for (std::size_t i = 1; i + 1 < kCount; ++i) best = std::min(best, figures[i].mean);
    return figures[kCount - 1].mean / best;
  }
};

Figure measure(void (*body)(), heddle::Options options, const Strategy& strategy,
               const Request& request) {
  options.search = strategy.kind;
  options.after_race = heddle::AfterRace::kStop;
  options.stop_at_first_bug = true;
  options.limits.executions = request.most;
  options.sampling.executions = request.most;
  options.sampling.bound = 100;
  options.sampling.reduce = options.sampling.estimate = 0;
  const std::uint64_t runs = strategy.draws ? request.seeds : 1;
  Figure figure;
  for (std::uint64_t seed = 1; seed <= runs; ++seed) {
    options.sampling.seed = seed;
    const heddle::Report report = heddle::explore(body, options);
    const bool found = !report.findings.empty();
    figure.missed += found ? 0 : 1;
    figure.mean += static_cast<double>(
        found ? std::max<std::uint64_t>(report.findings.front().found_at, 1) : request.most);
  }
  figure.mean /= static_cast<double>(runs);
  return figure;
}

bool wanted(const std::string& name, const Request& request) {
  return request.names.empty() ||
         std::any_of(request.names.begin(), request.names.end(),
                     [&](const std::string& part) { return name.find(part) != std::string::npos; });
}

Row measure_all(const std::string& name, void (*body)(), const heddle::Options& options,
                const Request& request) {
  Row row{name, {}};
  std::printf("%-34.34s", name.c_str());
  for (std::size_t i = 0; i < kCount; ++i) {
    row.figures[i] = measure(body, options, kStrategies[i], request);
    const Figure& figure = row.figures[i];
    const std::string missed = figure.missed == 0 ? "" : "-" + std::to_string(figure.missed);
    std::printf("%8.1f%-3s", figure.mean, missed.c_str());
    std::fflush(stdout);
  }
  std::printf("%7.1f\n", row.ratio());
  return row;
}

std::vector<Row> rows(const Request& request) {
  std::vector<Row> result;
  for (const heddle::bench::SchedulerProgram& program : heddle::bench::scheduler_programs()) {
    if (!wanted(program.name, request)) continue;
    heddle::Options options;
    options.model = heddle::Model::kSc;
    result.push_back(measure_all(program.name, program.body, options, request));
  }
  for (const bugs::Exhibit& exhibit : bugs::all()) {
    if (exhibit.options.search != SearchKind::kExhaustive) continue;
    for (const bugs::Variant& variant : exhibit.variants) {
      const std::string name = exhibit.klass + "/" + exhibit.name + " " + variant.name;
      if (variant.verdict != heddle::Verdict::kBug || !wanted(name, request)) continue;
      result.push_back(measure_all(name, variant.body, exhibit.options, request));
    }
  }
  return result;
}

/// One line a program, one mark a strategy, schedules on a logarithmic scale.
void write_svg(const std::vector<Row>& rows, const Request& request) {
  constexpr const char* kColours[kCount] = {"#888888", "#d62728", "#1f77b4", "#2ca02c",
                                            "#9467bd", "#8c564b", "#000000"};
  constexpr int kLeft = 260, kWidth = 600, kRow = 16;
  const double scale = kWidth / std::log10(static_cast<double>(request.most));
  std::ofstream out(request.svg);
  out << "<svg xmlns=\"http://www.w3.org/2000/svg\" font-family=\"sans-serif\" font-size=\"11\" "
      << "width=\"" << kLeft + kWidth + 20 << "\" height=\"" << (rows.size() + 3) * kRow << "\">\n";
  for (std::size_t i = 0; i < kCount; ++i) {
    out << "<text x=\"" << kLeft + static_cast<int>(i) * 80 << "\" y=\"12\" fill=\"" << kColours[i]
        << "\">" << kStrategies[i].name << "</text>\n";
  }
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const auto y = static_cast<int>((r + 2) * kRow);
    out << "<text x=\"4\" y=\"" << y + 4 << "\">" << rows[r].name << "</text>\n";
    for (std::size_t i = 0; i < kCount; ++i) {
      out << "<circle cy=\"" << y << "\" r=\"4\" fill-opacity=\"0.7\" fill=\"" << kColours[i]
          << "\" cx=\"" << kLeft + std::log10(std::max(rows[r].figures[i].mean, 1.0)) * scale
          << "\"/>\n";
    }
  }
  out << "</svg>\n";
  if (!out.flush()) std::cerr << "heddle-strategies: cannot write " << request.svg << "\n";
}

}  // namespace

int main(int count, char** arguments) {
  Request request;
  CLI::App app("Schedules to the first finding, by strategy");
  app.add_option("--seeds", request.seeds, "Runs of each strategy")->check(CLI::PositiveNumber);
  app.add_option("--most", request.most, "Schedules of one run")->check(CLI::PositiveNumber);
  app.add_option("--svg", request.svg, "Write a plot to this file");
  app.add_option("names", request.names, "Only programs whose names contain one of these");
  CLI11_PARSE(app, count, arguments);
  std::printf("%-34s", "mean schedules to the first finding");
  for (const Strategy& strategy : kStrategies) std::printf("%8s   ", strategy.name);
  std::printf("  ratio\n");
  const std::vector<Row> result = rows(request);
  double worst = 0;
  for (const Row& row : result) worst = std::max(worst, row.ratio());
  std::printf("%zu programs; the portfolio is at worst %.1f times the best single strategy\n",
              result.size(), worst);
  if (!request.svg.empty()) write_svg(result, request);
  return 0;
}
