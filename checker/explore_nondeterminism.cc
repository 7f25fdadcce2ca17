// SPDX-License-Identifier: Apache-2.0
// Looks for what Heddle knows it does not control.
#include "checker/explore_nondeterminism.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <vector>

#include "checker/base/mutant.h"
#include "checker/report/frames.h"
#include "checker/runtime/library_calls.h"
#include "checker/runtime/process_state.h"
#include "checker/runtime/reexec.h"

namespace heddle {
namespace {

constexpr std::size_t kMostNames = 6;

bool is_clock(std::string_view call) { return call.starts_with("clock_"); }

std::string place_of(const runtime::OutsideCall& call, report::Symbolizer& symbols) {
  const std::uint64_t site = call.site;
  const std::vector<Frame> stack = symbols.stack({&site, 1});
  const Frame* frame = report::user_frame(stack);
  return frame == nullptr || frame->line == 0 ? "" : fmt::format(" ({})", report::place(*frame));
}

/// "open (a.cc:3), read (a.cc:4)": the calls that are clocks, or those that are not.
std::string list_calls(const runtime::Engine& engine, report::Symbolizer& symbols, bool clocks) {
  std::vector<std::string> words;
  for (const runtime::OutsideCall& call : engine.outside_calls()) {
    if (is_clock(call.name) == clocks && words.size() < kMostNames) {
      words.push_back(call.name + place_of(call, symbols));
    }
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

/// Whether explored code may read the time stamp counter: rdtsc or rdtscp by its bytes.
bool may_read_cycles(const runtime::Modules& modules) {
  for (const runtime::Module& module : modules) {
    for (std::uint32_t i = 0; module.is_explored && i < module.text_count; ++i) {
      const auto* text = reinterpret_cast<const char*>(module.text[i].begin);
      const std::string_view code(text, module.text[i].size());
      if (code.find("\x0f\x31") != std::string_view::npos ||
          code.find("\x0f\x01\xf9") != std::string_view::npos) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

std::string lasting_changes(const runtime::Engine& engine, report::Symbolizer& symbols) {
  std::vector<std::string> words;
  for (const runtime::OutsideCall& call : engine.outside_calls()) {
    if (call.changes && words.size() < kMostNames) {
      words.push_back(call.name + place_of(call, symbols));
    }
  }
  return words.empty() ? std::string()
                       : fmt::format(
                             "nothing is proved: what one execution writes to files the next "
                             "one finds there: {}; let the program write to memory or "
                             "to standard output while it is explored",
                             fmt::join(words, ", "));
}

std::string sources_of_nondeterminism(const runtime::Engine& engine, report::Symbolizer& symbols) {
  const runtime::Modules& modules = runtime::process_state().modules;
  std::vector<std::string> sources;
  if (!runtime::addresses_are_fixed()) {
    sources.emplace_back(
        "addresses are random here, and what is ordered by address differs (start it with setarch "
        "-R, or where personality() is allowed)");
  }
  if (const std::string calls = list_calls(engine, symbols, true); !calls.empty()) {
    sources.push_back(fmt::format(
        "it reads a clock that really runs: {} (use a steady or system clock: those are "
        "Heddle's)",
        calls));
  }
  if (const std::string calls = list_calls(engine, symbols, false); !calls.empty()) {
    sources.push_back(fmt::format(
        "real files, memory maps or the environment, first used by {} (what one execution leaves "
        "there the next one finds: set it up anew in each, or do it in heddle::outside)",
        calls));
  }
  if (const auto files = runtime::unseen_synchronisation(modules); !files.empty()) {
    sources.push_back(fmt::format(
        "libraries that synchronise and are not compiled with -fsanitize=thread: {} (compile them "
        "with it)",
        fmt::join(files, ", ")));
  }
  if (const auto names = runtime::calls_with_state(modules, kMostNames); !names.empty()) {
    sources.push_back(
        fmt::format("library functions that may keep state or ask the system: {} (call them in "
                    "heddle::outside, or not at all)",
                    fmt::join(names, ", ")));
  }
  if (may_read_cycles(modules)) {
    sources.emplace_back("perhaps the processor's time stamp counter (rdtsc)");
  }
  if (sources.empty()) {
    return ". Nothing that Heddle knows of was seen: the order of addresses that do not come from "
           "malloc, or memory that no execution initialises, may be it";
  }
  return fmt::format(". Possible sources: {}", fmt::join(sources, "; "));
}

void explain_nondeterminism(const runtime::Engine& engine, report::Symbolizer& symbols,
                            Report* report) {
  for (Finding& finding : report->findings) {
    if (finding.kind == FindingKind::kNondeterminism) {
      finding.message += sources_of_nondeterminism(engine, symbols);
    }
  }
  const auto is_race = [](const Finding& finding) {
    return finding.kind == FindingKind::kDataRace || finding.kind == FindingKind::kUseAfterFree;
  };
  if (std::none_of(report->findings.begin(), report->findings.end(), is_race)) {
    return;
  }
  if (!HEDDLE_CLAUSE("nondeterminism.by_race")) {
    return;
  }
  const auto erased = std::erase_if(report->findings, [](const Finding& finding) {
    return finding.kind == FindingKind::kNondeterminism;
  });
  if (erased != 0) {
    report->warnings.emplace_back(
        "the search stopped early: after the race an execution could not be repeated");
  }
}

}  // namespace heddle
