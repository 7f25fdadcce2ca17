// SPDX-License-Identifier: Apache-2.0
// Resetting a model thread between runs.
#include "checker/runtime/model_thread.h"

namespace heddle::runtime {

void ModelThread::begin_run() {
  const bool cut = parked == Parked::kSpin || parked == Parked::kBound;
  parked_before = parked;
  parked_before_at = cut ? cursor : ~0u;
  spin_before = spin_from;
  state = ThreadState::kAbsent;
  parked = Parked::kNo;
  detached = joined = instrumented = false;
  routine = nullptr;
  argument = result = nullptr;
  created_at = base_frame = 0;
  cursor = 0;
  clock = nullptr;
  effects = spin_from = children = quiet_steps = 0;
  time = 0;
  clock_read_at = clock_reads = depth = 0;
  asked_at.clear();
  wrote_at.clear();
  expired.clear();
  times.clear();
  exit_functions.clear();
  specific.clear();
  open = {};
  recorded_at = 0;
  library_spin = {};
}

}  // namespace heddle::runtime
