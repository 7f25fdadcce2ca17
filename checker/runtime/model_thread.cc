// SPDX-License-Identifier: Apache-2.0
// Resetting a model thread between runs.
#include "checker/runtime/model_thread.h"

namespace heddle::runtime {

void ModelThread::end_run() {
  const bool cut = parked == Parked::kSpin || parked == Parked::kBound;
  parked_before = parked;
  parked_before_at = cut ? cursor : ~0u;
  spin_before = spin_from;
}

void ModelThread::begin_run() {
  end_run();
  static_cast<ThreadRun&>(*this) = {};
  clock = nullptr;
  stuck = resumed = false;
  asked_at.clear();
  wrote_at.clear();
  robust_held.clear();
  other_ways.clear();
  expired.clear();
  times.clear();
  exit_functions.clear();
  specific.clear();
  open = {};
  recorded_at = 0;
}

}  // namespace heddle::runtime
