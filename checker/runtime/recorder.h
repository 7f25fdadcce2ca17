// SPDX-License-Identifier: Apache-2.0
// The steps of one execution, kept while it is run again for a report.
//
// Every visible operation is a step; plain accesses only where they touch an address of interest
// (those that race). Call stacks are taken at each step.
#pragma once

#include <cstdint>
#include <vector>

#include "checker/base/ids.h"
#include "checker/report/trace.h"

namespace heddle::runtime {

struct RecordedStep {
  report::RawStep step;
  base::EventId event = base::EventId::none();   ///< Of visible operations; the read part of rmws.
  base::EventId source = base::EventId::none();  ///< What it reads from.
  base::LocationId location = base::kNoLocation;
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

 private:
  std::vector<Interest> interests_;
  std::vector<RecordedStep> steps_;
};

}  // namespace heddle::runtime
