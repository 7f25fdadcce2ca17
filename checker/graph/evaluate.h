// SPDX-License-Identifier: Apache-2.0
// What an operation does, as a pure function of the value that it reads.
//
// The search decides which write an operation reads from; from that value alone follows whether it
// writes, what it writes and what it returns. Because this is pure, an operation can be tried on
// every candidate source before any event is added, and be done again when its read is revisited.
// Entry point: evaluate(). Thread-compatible.
#pragma once

#include <cstdint>

#include "checker/base/ids.h"
#include "checker/graph/operation.h"

namespace heddle::graph {

struct Evaluation {
  bool writes = false;   ///< The operation has a write part that follows its read.
  bool blocked = false;  ///< A sync operation whose guard fails on the value.
  MemoryOrder order = MemoryOrder::kRelaxed;  ///< In force: a failed CAS has its failure order.
  std::uint8_t acquires = 0;                  ///< Banks acquired from the source.
  std::uint8_t releases = 0;                  ///< Banks released into by the write part.
  std::uint64_t new_value = 0;                ///< What the write part writes.
  std::uint64_t result = 0;                   ///< What the program gets.
};

/// REQUIRES: the operation reads (kLoad, kRmw, kCompareExchange, kSync). With `spurious` a
/// compare-exchange fails whatever it reads.
Evaluation evaluate(const Operation& operation, base::ThreadId thread, std::uint64_t value_read,
                    bool spurious = false);

/// True for the kinds that evaluate() takes.
constexpr bool reads(OpKind kind) {
  return kind == OpKind::kLoad || kind == OpKind::kRmw || kind == OpKind::kCompareExchange ||
         kind == OpKind::kSync;
}

}  // namespace heddle::graph
