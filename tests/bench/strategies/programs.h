// SPDX-License-Identifier: Apache-2.0
// Programs whose bug takes a rare schedule: what strategies are compared on beside the gallery.
#pragma once

#include <vector>

namespace heddle::bench {

struct SchedulerProgram {
  const char* name;
  void (*body)();
};

const std::vector<SchedulerProgram>& scheduler_programs();

}  // namespace heddle::bench
