// SPDX-License-Identifier: Apache-2.0
// The words of a trace.
#include "checker/report/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "checker/base/check.h"
#include "checker/report/frames.h"

namespace heddle::report {
namespace {

std::string_view order_name(graph::MemoryOrder order) {
  static constexpr std::array<std::string_view, 6> kNames{"relaxed", "consume", "acquire",
                                                          "release", "acq_rel", "seq_cst"};
  return kNames[static_cast<std::size_t>(order)];
}

std::string_view rmw_name(graph::RmwOp rmw) {
  static constexpr std::array<std::string_view, 7> kNames{
      "exchange", "fetch_add", "fetch_sub", "fetch_and", "fetch_or", "fetch_xor", "fetch_nand"};
  return kNames[static_cast<std::size_t>(rmw)];
}

class Writer {
 public:
  Writer(std::span<const RawStep> steps, std::span<const std::string> names, Symbolizer& symbols)
      : steps_(steps), names_(names), symbols_(symbols) {}

  TraceStep write(const RawStep& raw) {
    TraceStep step;
    step.thread = name(raw.thread);
    step.what = what(raw);
    step.object = object(raw);
    step.value = value(raw);
    step.note = note(raw);
    step.reads_from = raw.reads_from;
    step.overwrites = raw.overwrites;
    step.happens_after = raw.happens_after;
    step.important = raw.important || raw.racing || raw.blocked || raw.failed;
    step.stack = symbols_.stack(raw.pcs);
    return step;
  }

 private:
  std::string name(base::ThreadId thread) const {
    return thread < names_.size() ? names_[thread] : fmt::format("thread {}", thread);
  }

  std::string what(const RawStep& raw) const {
    if (!raw.name.empty()) {
      return std::string(raw.name);
    }
    switch (raw.kind) {
      case StepKind::kLoad:
        return fmt::format("load({})", order_name(raw.order));
      case StepKind::kStore:
        return fmt::format("store({})", order_name(raw.order));
      case StepKind::kRmw:
        return fmt::format("{}({})", rmw_name(raw.rmw), order_name(raw.order));
      case StepKind::kCompareExchange:
        return fmt::format("{}compare_exchange({})", raw.has_written ? "" : "failed ",
                           order_name(raw.order));
      case StepKind::kFence:
        return fmt::format("fence({})", order_name(raw.order));
      case StepKind::kSync:
        return std::string(sync_name(raw.sync));
      case StepKind::kThreadCreate:
        return "create " + name(raw.other);
      case StepKind::kThreadStart:
        return "start";
      case StepKind::kThreadEnd:
        return "end";
      case StepKind::kThreadJoin:
        return "join " + name(raw.other);
      case StepKind::kChoice:
        return "choose";
      case StepKind::kPlainRead:
        return ranged(raw, "read");
      case StepKind::kPlainWrite:
        return ranged(raw, "write");
      case StepKind::kAllocate:
        return ranged(raw, "allocate");
      case StepKind::kFree:
        return "free";
      case StepKind::kOther:
        break;
    }
    return "step";
  }

  /// With the size where no value tells it.
  static std::string ranged(const RawStep& raw, const char* word) {
    const bool has_value = raw.has_read || raw.has_written;
    return raw.range == 0 || has_value ? word
           : raw.range == 1            ? fmt::format("{} 1 byte of", word)
                                       : fmt::format("{} {} bytes of", word, raw.range);
  }

  std::string object(const RawStep& raw) {
    if (!raw.object.empty() || raw.address == 0) {
      return raw.object;
    }
    std::string symbol = symbols_.data_name(raw.address);
    symbol = symbol.empty() ? symbols_.data_place(raw.address) : symbol;
    return symbol.empty() ? fmt::format("{:#x}", raw.address) : symbol;
  }

  static std::string value(const RawStep& raw) {
    const auto format = [&](std::uint64_t value, const std::string& name) {
      return name.empty() ? format_value(value, raw.size, raw.is_pointer) : name;
    };
    if (raw.has_read && raw.has_written) {
      return fmt::format("{} -> {}", format(raw.read, raw.read_name),
                         format(raw.written, raw.written_name));
    }
    return raw.has_read      ? format(raw.read, raw.read_name)
           : raw.has_written ? format(raw.written, raw.written_name)
                             : "";
  }

  std::string writer_of(std::int64_t index) const {
    if (index < 0 || index >= static_cast<std::int64_t>(steps_.size())) {
      return {};
    }
    const RawStep& source = steps_[static_cast<std::size_t>(index)];
    std::string words = " of " + name(source.thread);
    const std::vector<Frame> stack = symbols_.stack(source.pcs);
    const Frame* frame = user_frame(stack);
    if (frame != nullptr && (frame->line != 0 || frame->offset != 0)) {
      words += " at " + place(*frame);
    }
    return words;
  }

  std::string note(const RawStep& raw) const {
    std::string note;
    const auto add = [&](std::string_view text) {
      if (!text.empty()) {
        note += note.empty() ? "" : "; ";
        note += text;
      }
    };
    if (raw.stale) {
      const std::string source =
          raw.reads_from < 0
              ? "the initial value"
              : format_value(raw.read, raw.size, raw.is_pointer) + writer_of(raw.reads_from);
      add(fmt::format("reads {}, not the newer {}{}", source,
                      format_value(raw.newer, raw.size, raw.is_pointer),
                      writer_of(raw.newer_step)));
    }
    add(raw.racing ? "race" : "");
    add(raw.blocked ? "blocks here" : "");
    add(raw.failed ? "fails here" : "");
    add(raw.note);
    return note;
  }

  std::span<const RawStep> steps_;
  std::span<const std::string> names_;
  Symbolizer& symbols_;
};

}  // namespace

std::vector<TraceStep> make_trace(std::span<const RawStep> steps,
                                  std::span<const std::string> names, Symbolizer& symbols) {
  Writer writer(steps, names, symbols);
  std::vector<TraceStep> trace;
  trace.reserve(steps.size());
  for (const RawStep& step : steps) {
    trace.push_back(writer.write(step));
  }
  return trace;
}

std::vector<RawStep> reorder(std::span<const RawStep> steps, std::span<const std::uint32_t> order) {
  std::vector<std::int64_t> position(steps.size(), -1);
  std::vector<RawStep> result;
  for (std::uint32_t index : order) {
    HEDDLE_CHECK(index < steps.size());
    position[index] = static_cast<std::int64_t>(result.size());
    result.push_back(steps[index]);
  }
  const auto renumber = [&](std::int64_t& index) {
    const bool known = index >= 0 && index < static_cast<std::int64_t>(steps.size());
    index = known ? position[static_cast<std::size_t>(index)] : -1;
  };
  for (RawStep& step : result) {
    renumber(step.reads_from);
    renumber(step.newer_step);
    renumber(step.overwrites);
    std::for_each(step.happens_after.begin(), step.happens_after.end(), renumber);
  }
  return result;
}

std::string thread_name(std::string_view creator, std::uint32_t ordinal) {
  if (creator.empty()) {
    return "main";
  }
  return creator == "main" ? fmt::format("T{}", ordinal) : fmt::format("{}.{}", creator, ordinal);
}

std::string format_value(std::uint64_t value, unsigned size, bool is_pointer) {
  const unsigned bits = size == 0 || size >= 8 ? 64 : 8 * size;
  const std::uint64_t mask = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  value &= mask;
  if (is_pointer) {
    return value == 0 ? "null" : fmt::format("{:#x}", value);
  }
  constexpr std::uint64_t kSmall = 1'000'000;
  const std::uint64_t negated = (~value + 1) & mask;
  if (value >> (bits - 1) != 0 && negated <= kSmall && !(bits == 8 && negated > 32)) {
    return fmt::format("-{}", negated);
  }
  return value <= 0xffffffff ? fmt::format("{}", value) : fmt::format("{:#x}", value);
}

}  // namespace heddle::report
