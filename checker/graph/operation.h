// SPDX-License-Identifier: Apache-2.0
// What a thread asks for at a visible operation: the input from which the graph makes an event.
//
// The runtime (or an abstract program in tests) fills one Operation at each visible step and hands
// it to the search, which decides the value. Values are 64 bits wide; wider ones and the states of
// synchronisation objects are interned and travel as their ids.
#pragma once

#include <cstddef>
#include <cstdint>

#include "checker/base/ids.h"
#include "checker/graph/sync_op.h"

namespace heddle::graph {

/// In the order of C++'s memory_order and of the compilers' encoding.
enum class MemoryOrder : std::uint8_t { kRelaxed, kConsume, kAcquire, kRelease, kAcqRel, kSeqCst };

constexpr bool is_acquire(MemoryOrder order) {
  return order == MemoryOrder::kConsume || order == MemoryOrder::kAcquire ||
         order == MemoryOrder::kAcqRel || order == MemoryOrder::kSeqCst;
}
constexpr bool is_release(MemoryOrder order) {
  return order == MemoryOrder::kRelease || order == MemoryOrder::kAcqRel ||
         order == MemoryOrder::kSeqCst;
}

enum class RmwOp : std::uint8_t { kExchange, kAdd, kSub, kAnd, kOr, kXor, kNand };

enum class OpKind : std::uint8_t {
  kLoad,
  kStore,
  kRmw,              ///< fetch_add, exchange, ...: always writes.
  kCompareExchange,  ///< Writes only when the value read equals `expected`.
  kFence,
  kSync,          ///< Operation on a synchronisation object; see sync_op.h.
  kThreadCreate,  ///< `operand` is the child's ThreadId. Releases to the child's start.
  kThreadStart,   ///< First event of every thread but 0; acquires from its create.
  kThreadEnd,     ///< Last event of a thread.
  kThreadJoin,    ///< `operand` is the awaited ThreadId; blocked until that thread's end exists;
                  ///< acquires it.
  kChoice,        ///< `operand` outcomes, 0 is the default; the value is the outcome.
};

struct Operation {
  OpKind kind = OpKind::kLoad;
  MemoryOrder order = MemoryOrder::kRelaxed;
  MemoryOrder failure_order = MemoryOrder::kRelaxed;  ///< Of a failed compare-exchange.
  RmwOp rmw = RmwOp::kExchange;
  SyncOp sync = SyncOp::kNone;
  std::uint8_t size = 8;    ///< Bytes: results of rmws are cut to it. 16: values are interned ids.
  bool non_atomic = false;  ///< A promoted plain access: rf and mo, but no part in rs, sw or psc.
  bool weak = false;        ///< compare_exchange_weak with spurious failures switched on.
  bool newest_only =
      false;  ///< A wait that expires because nothing else can go on: reads no older state.
  base::LocationId location = base::kNoLocation;
  std::uint64_t operand =
      0;  ///< Value stored, rmw operand, desired value, count of a choice, thread.
  std::uint64_t expected = 0;  ///< Compare-exchange only.
  std::uint64_t initial = 0;   ///< Value (or state) of the location before any event wrote it.
  /// The engine's: fingerprints of the thread's state and of the memory written so far, and the
  /// thread's count of effects, all before this operation. Kept with the event, for spin
  /// recognition.
  std::uint64_t fingerprint = 0;
  std::uint64_t memory = 0;
  std::uint32_t effects = 0;

  /// The fields from `kind` to `weak` in one word, as operation_head() makes it.
  std::uint64_t head() const {
    std::uint64_t word;
    __builtin_memcpy(&word, this, sizeof word);
    return word;
  }
  void set_head(std::uint64_t word) {
    __builtin_memcpy(static_cast<void*>(this), &word, sizeof word);
  }
};
static_assert(offsetof(Operation, order) == 1 && offsetof(Operation, failure_order) == 2 &&
              offsetof(Operation, rmw) == 3 && offsetof(Operation, sync) == 4 &&
              offsetof(Operation, size) == 5 && offsetof(Operation, weak) == 7);

/// Of an atomic access that is strong.
constexpr std::uint64_t operation_head(OpKind kind, MemoryOrder order, MemoryOrder failure_order,
                                       RmwOp rmw, std::uint8_t size) {
  return static_cast<std::uint64_t>(kind) | static_cast<std::uint64_t>(order) << 8 |
         static_cast<std::uint64_t>(failure_order) << 16 | static_cast<std::uint64_t>(rmw) << 24 |
         static_cast<std::uint64_t>(size) << 40;
}

}  // namespace heddle::graph
