// SPDX-License-Identifier: Apache-2.0
// From the steps that a recorded execution took to the steps that a report shows: raw kinds,
// addresses and values become words, names and source lines.
//
// The runtime records RawStep while it replays a failing execution; the caller orders them (see
// linearise.h), and make_trace() writes the public form.
// Entry points: make_trace(), thread_name(). Pure but for the Symbolizer's reading.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checker/base/ids.h"
#include "checker/graph/operation.h"
#include "checker/report/symbols.h"
#include "heddle/report.h"

namespace heddle::report {

enum class StepKind : std::uint8_t {
  kLoad,
  kStore,
  kRmw,
  kCompareExchange,
  kFence,
  kSync,  ///< `sync`, or `name` if that is given.
  kThreadCreate,
  kThreadStart,
  kThreadEnd,
  kThreadJoin,
  kChoice,
  kPlainRead,
  kPlainWrite,
  kAllocate,
  kFree,
  kOther,  ///< Only `name`: "assertion failed", "throws".
};

struct RawStep {
  base::ThreadId thread = 0;
  StepKind kind = StepKind::kOther;
  graph::MemoryOrder order = graph::MemoryOrder::kRelaxed;
  graph::RmwOp rmw = graph::RmwOp::kExchange;
  graph::SyncOp sync = graph::SyncOp::kNone;
  std::uint8_t size = 0;     ///< Bytes of the values; for ranges see `range`.
  bool has_read = false;     ///< `read` is meaningful.
  bool has_written = false;  ///< `written` is meaningful.
  bool is_pointer = false;   ///< Show the values in hexadecimal.
  bool blocked = false;      ///< Waits here for ever.
  bool racing = false;
  bool failed = false;  ///< The assertion, crash or exception happened here.
  bool important = false;
  bool stale = false;         ///< Read something older than the newest write, `newer`.
  base::ThreadId other = 0;   ///< Created or joined thread.
  std::uint64_t address = 0;  ///< Of the location or object; 0 if there is none.
  std::uint64_t range = 0;    ///< Size in bytes of a plain access, allocation or free.
  std::uint64_t read = 0;
  std::uint64_t written = 0;
  std::uint64_t newer = 0;
  std::int64_t reads_from = -1;  ///< Step whose write was read; -1 for the initial value or none.
  std::int64_t newer_step = -1;  ///< Step that wrote `newer`.
  std::int64_t overwrites = -1;  ///< Step whose write is the one before in modification order.
  std::vector<std::int64_t> happens_after;  ///< As in TraceStep.
  std::string_view name;           ///< Overrides the words for `kind`; must outlive the call.
  std::string object;              ///< Name of the object if the caller knows it (heap, stack).
  std::string read_name;           ///< "&storage": what `read` points to, if that is known.
  std::string written_name;        ///< Likewise of `written`.
  std::string note;                ///< Appended to the notes made here.
  std::vector<std::uint64_t> pcs;  ///< Return addresses, innermost first.
};

/// The public steps, in the same order; indices in `reads_from` and `newer_step` are kept.
/// `names` is indexed by thread.
std::vector<TraceStep> make_trace(std::span<const RawStep> steps,
                                  std::span<const std::string> names, Symbolizer& symbols);

/// The steps in the order given by `order` (indices into `steps`), with their indices renumbered.
std::vector<RawStep> reorder(std::span<const RawStep> steps, std::span<const std::uint32_t> order);

/// "main" for thread 0, "T2" for its second child, "T2.1" for that one's first. `ordinal` counts
/// the creator's children from 1.
std::string thread_name(std::string_view creator, std::uint32_t ordinal);

/// A value of `size` bytes as a person writes it: small negative numbers signed, large ones and
/// pointers in hexadecimal.
std::string format_value(std::uint64_t value, unsigned size, bool is_pointer = false);

/// "lock mutex", "wait on": what a sync operation is called in traces.
std::string_view sync_name(graph::SyncOp sync);

}  // namespace heddle::report
