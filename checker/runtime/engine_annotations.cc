// SPDX-License-Identifier: Apache-2.0
// What the program's author says of races: regions that are not compared, races that are meant.
#include "checker/base/mutant.h"
#include "checker/runtime/engine.h"

namespace heddle::runtime {

void Engine::ignore_accesses(int reads, int writes) {
  ModelThread& thread = *running_;
  const auto add = [](std::uint32_t& count, int change) {
    count = change < 0 && count == 0 ? 0 : count + static_cast<std::uint32_t>(change);
  };
  const bool before = thread.ignored_reads != 0 || thread.ignored_writes != 0;
  add(thread.ignored_reads, reads);
  add(thread.ignored_writes, writes);
  const bool after = thread.ignored_reads != 0 || thread.ignored_writes != 0;
  ignoring_ += after && !before ? 1 : 0;
  ignoring_ -= before && !after ? 1 : 0;
  watchful_ = recording_ || !promoted_.empty() || ignoring_ != 0;
}

void Engine::annotate_benign_race(std::uintptr_t address, std::size_t size,
                                  const std::string& why) {
  benign_.push_back({{address, address + size}, why});
}

/// Then the warning is made.
bool Engine::is_benign(std::uintptr_t address, std::size_t size) {
  for (const BenignRace& race : benign_) {
    if (address < race.memory.end && race.memory.begin < address + size &&
        HEDDLE_CLAUSE("race.annotated_benign")) {
      warn("a race is not reported because its memory is annotated as benign" +
           (race.why.empty() ? std::string() : ": " + race.why));
      return true;
    }
  }
  return false;
}

}  // namespace heddle::runtime
