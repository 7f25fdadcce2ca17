// SPDX-License-Identifier: Apache-2.0
// The steps of one execution, kept while it is run again for a report.
//
// Every visible operation is a step; plain accesses only where they touch an address of interest
// (those that race). Call stacks are taken at each step.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "checker/base/ids.h"
#include "checker/report/trace.h"

namespace heddle::runtime {

struct RecordedStep {
  report::RawStep step;
  base::EventId event = base::EventId::none();   ///< Of visible operations; the read part of rmws.
  base::EventId source = base::EventId::none();  ///< What it reads from.
  base::LocationId location = base::kNoLocation;
  std::vector<report::UnwoundFrame> frames;  ///< Of `step.pcs`; empty if those are from elsewhere.
};

class Recorder {
 public:
  /// Bytes whose plain accesses and release are steps.
  struct Interest {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
  };

  void start(std::vector<Interest> interests) {
    interests_ = std::move(interests);
    steps_.clear();
    allocations_.clear();
  }
  bool interested(std::uintptr_t address, std::size_t size) const {
    for (const Interest& interest : interests_) {
      if (address < interest.end && interest.begin < address + size) {
        return true;
      }
    }
    return false;
  }
  void add(RecordedStep step) { steps_.push_back(std::move(step)); }
  std::vector<RecordedStep>& steps() { return steps_; }
  const std::vector<RecordedStep>& steps() const { return steps_; }

  /// Stacks of the allocations, by the blocks' addresses.
  void add_allocation(std::uintptr_t address, std::vector<std::uint64_t> pcs) {
    allocations_[address] = std::move(pcs);
  }
  const std::vector<std::uint64_t>* allocation(std::uintptr_t address) const {
    const auto found = allocations_.find(address);
    return found == allocations_.end() ? nullptr : &found->second;
  }

 private:
  std::vector<Interest> interests_;
  std::vector<RecordedStep> steps_;
  std::map<std::uintptr_t, std::vector<std::uint64_t>> allocations_;
};

}  // namespace heddle::runtime
