// SPDX-License-Identifier: Apache-2.0
// Registers what is measured: a discipline, those of primitives/ in it, and their equivalents.
#pragma once

#include <benchmark/benchmark.h>

#include <functional>
#include <string>
#include <vector>

namespace primitives_bench {

/// One operation of a discipline, on an object that all threads share.
using Measure = void (*)(benchmark::State&);

enum class Side { kOurs, kTheirs };

/// Registers `name` for `discipline` at 1, 2, 4 and 8 threads, up to `most` and from `least`.
void enter(const std::string& discipline, Side side, const std::string& name, Measure measure,
           int most = 8, int least = 1);

void enter_locks();
void enter_signals();
void enter_queues();

/// An object for each type and tag that lives as long as the program.
template <class T, auto... kArguments>
T& shared() {
  static T* const object = new T(kArguments...);
  return *object;
}

}  // namespace primitives_bench
