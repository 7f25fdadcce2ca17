// SPDX-License-Identifier: Apache-2.0
// Looks at memory in several states along one path.
#include "checker/explore_growth.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "checker/runtime/process_state.h"
#include "checker/search/decision_search.h"

namespace heddle {
namespace {

constexpr std::size_t kLooks = 8;
constexpr std::size_t kMostNames = 5;

/// Follows a path and notes, at some places, each word of the state.
class Observer : public search::DecisionSearch {
 public:
  Observer(std::vector<search::Decision> way, const runtime::Engine& engine)
      : DecisionSearch(std::move(way), 0), engine_(engine) {}

  bool arrive(const search::Arrival& arrival) override {
    const std::size_t decisions = length();
    if (taken() * kLooks / decisions != (taken() + 1) * kLooks / decisions) {
      look(arrival);
    }
    return true;
  }
  std::size_t looks() const { return looks_; }
  const std::map<std::uintptr_t, std::vector<std::uint64_t>>& words() const { return words_; }
  const std::vector<std::size_t>& live_blocks() const { return live_blocks_; }
  bool time_passes() const { return time_passes_; }

 private:
  void look(const search::Arrival&) {
    ++looks_;
    engine_.visit_state_memory([this](std::uintptr_t begin, std::uintptr_t end) {
      for (; begin + 8 <= end; begin += 8) {
        std::uint64_t value = 0;
        std::memcpy(&value, reinterpret_cast<const void*>(begin), sizeof value);
        words_[begin].push_back(value);
      }
    });
    live_blocks_.push_back(runtime::process_state().arena.live_blocks());
    time_passes_ = time_passes_ || engine_.clock_was_read();
  }

  const runtime::Engine& engine_;
  std::size_t looks_ = 0;
  std::map<std::uintptr_t, std::vector<std::uint64_t>> words_;
  std::vector<std::size_t> live_blocks_;
  bool time_passes_ = false;
};

bool all_differ(std::vector<std::uint64_t> values) {
  std::sort(values.begin(), values.end());
  return std::adjacent_find(values.begin(), values.end()) == values.end();
}

/// The four bytes of the word that differ each time, if the other four do not.
std::uintptr_t narrowed(std::uintptr_t address, const std::vector<std::uint64_t>& values) {
  std::vector<std::uint64_t> low;
  low.reserve(values.size());
  for (const std::uint64_t value : values) {
    low.push_back(value & 0xffffffff);
  }
  return all_differ(std::move(low)) ? address : address + 4;
}

}  // namespace

std::vector<std::string> what_grew(const search::CycleSearch& search, runtime::Engine& engine,
                                   const std::function<void()>& body, const NameObject& name) {
  std::vector<std::string> sentences;
  const auto last = static_cast<search::StateId>(search.states().state_count() - 1);
  std::vector<search::Decision> way = search.way_to(last);
  if (way.size() < 2 * kLooks) {
    return sentences;
  }
  Observer observer(std::move(way), engine);
  engine.watch_states(&observer);
  observer.begin();
  engine.run(observer, body);
  engine.watch_states(nullptr);
  std::vector<std::string> names;
  for (const auto& [address, values] : observer.words()) {
    if (names.size() < kMostNames && values.size() == observer.looks() && observer.looks() > 2 &&
        all_differ(values)) {
      names.push_back(name(narrowed(address, values)));
    }
  }
  if (!names.empty()) {
    sentences.push_back(fmt::format(
        "the state space does not seem to end: {} never come{} back to an earlier value; "
        "heddle::ignore leaves memory out of the states if nothing depends on it",
        fmt::join(names, ", "), names.size() == 1 ? "s" : ""));
  }
  if (all_differ({observer.live_blocks().begin(), observer.live_blocks().end()}) &&
      observer.looks() > 2) {
    sentences.push_back(fmt::format("the heap grows: {} live blocks, {} later",
                                    observer.live_blocks().front(), observer.live_blocks().back()));
  }
  if (observer.time_passes()) {
    sentences.emplace_back("the program reads a clock: states at different times are different");
  }
  return sentences;
}

}  // namespace heddle
