// SPDX-License-Identifier: Apache-2.0
// Names of stack and heap objects from the recorded run.
#include "checker/explore_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>

#include "checker/report/frames.h"
#include "checker/report/text_layout.h"
#include "checker/runtime/kernel_objects.h"
#include "checker/runtime/process_state.h"

namespace heddle {
namespace {

using runtime::BlockInfo;
using runtime::Engine;
using runtime::RecordedStep;

/// The variable on the stack of `owner` that holds `address`. Asked are the owner's stack at the
/// step or before it, while it waited there, then older and newer ones.
std::string stack_variable(report::Symbolizer& symbols, const Engine& engine, base::ThreadId owner,
                           std::uint64_t address, std::size_t step) {
  constexpr int kMostStacks = 64;
  const std::vector<RecordedStep>& steps = engine.recorder().steps();
  const std::size_t now = std::min(step, steps.empty() ? 0 : steps.size() - 1);
  int asked = 0;
  const auto ask = [&](std::size_t index) -> std::string {
    const RecordedStep& recorded = steps[index];
    const bool usable = recorded.step.thread == owner && !recorded.frames.empty();
    return usable && ++asked <= kMostStacks ? symbols.local_name(recorded.frames, address) : "";
  };
  for (std::size_t i = std::min(now + 1, steps.size()); i-- > 0 && asked < kMostStacks;) {
    std::string name = ask(i);
    if (!name.empty()) {
      return name;
    }
  }
  asked = 0;
  for (std::size_t i = now + 1; i < steps.size() && asked < kMostStacks; ++i) {
    std::string name = ask(i);
    if (!name.empty()) {
      return name;
    }
  }
  return {};
}

/// The frame whose source line allocates, for a person: not inside the library.
struct AllocationPlace {
  std::uint64_t pc = 0;
  Frame frame;
};

AllocationPlace place_of(report::Symbolizer& symbols, const Engine& engine,
                         const BlockInfo& block) {
  const std::vector<std::uint64_t>* stack = engine.recorder().allocation(block.address);
  const std::vector<std::uint64_t> own{block.site};
  for (std::uint64_t pc : stack != nullptr ? *stack : own) {
    for (const Frame& frame : symbols.frames(pc)) {
      if ((frame.line != 0 || frame.offset != 0) && !report::is_library_frame(frame)) {
        return {pc, frame};
      }
    }
  }
  return {};
}

/// "Node" of a line with "new Node{1}" or "make_unique<Node>(1)"; empty if there is none.
std::string allocated_type(const std::string& line) {
  std::size_t begin = line.find("new ");
  if (begin != std::string::npos) {
    begin += 4;
  } else {
    const std::size_t make = std::min(line.find("make_unique<"), line.find("make_shared<"));
    if (make == std::string::npos) {
      return {};
    }
    begin = line.find('<', make) + 1;
  }
  const auto is_part = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':';
  };
  const auto end =
      std::find_if_not(line.begin() + static_cast<std::ptrdiff_t>(begin), line.end(), is_part);
  return {line.begin() + static_cast<std::ptrdiff_t>(begin), end};
}

/// " #2" if it is not the only block that the line allocates, else nothing.
std::string number_of(report::Symbolizer& symbols, const Engine& engine, const BlockInfo& block,
                      const AllocationPlace& place) {
  std::size_t number = 0;
  std::size_t count = 0;
  runtime::process_state().arena.for_each([&](const BlockInfo& other) {
    const Frame frame = place_of(symbols, engine, other).frame;
    if (frame.line == place.frame.line && frame.file == place.frame.file &&
        frame.offset == place.frame.offset) {
      ++count;
      number = other.address == block.address ? count : number;
    }
  });
  return count > 1 ? fmt::format(" #{}", number) : "";
}

std::string block_name(report::Symbolizer& symbols, const Engine& engine, const BlockInfo& block,
                       std::uint64_t address, bool whole) {
  const std::uint64_t offset = address - block.address;
  const std::string rest = offset == 0 ? "" : fmt::format("+{}", offset);
  const AllocationPlace place =
      engine.recorded() ? place_of(symbols, engine, block) : AllocationPlace{};
  if (place.pc == 0) {
    return fmt::format("heap block {}.{}{}", engine.thread_name(block.thread), block.ordinal, rest);
  }
  report::SourceFiles sources;
  const std::string type = allocated_type(sources.line(place.frame.file, place.frame.line));
  const std::string member =
      type.empty() || whole ? "" : symbols.member_name(place.pc, type, block.size, offset);
  return fmt::format("{}{} ({}){}", type.empty() ? "heap block" : "new " + type,
                     number_of(symbols, engine, block, place), report::spot(place.frame),
                     member.empty() ? rest : member);
}

/// "4096/4097", the descriptors of a pipe; "the file system". Empty if it is none of those.
std::string kernel_object_name(std::uint64_t address) {
  if (address == runtime::kSignalsAddress) {
    return "the process";
  }
  if (address == runtime::kFilesAddress) {
    return "the file system";
  }
  if (address < runtime::pipe_address(runtime::kFirstPipeEnd) ||
      address > runtime::kSignalsAddress) {
    return "";
  }
  const int end = runtime::reading_end_of(address);
  return fmt::format("{}/{}", end, end + 1);
}

}  // namespace

report::Symbolizer& symbols_of_process() {
  static std::unique_ptr<report::Symbolizer> symbols;
  static std::uint64_t read_for = 0;
  const runtime::Modules& modules = runtime::process_state().modules;
  const std::uint64_t now = modules.program_hash() * 31 + modules.size();
  if (symbols == nullptr || read_for != now) {
    symbols = std::make_unique<report::Symbolizer>();
    read_for = now;
  }
  return *symbols;
}

std::string object_name(report::Symbolizer& symbols, const Engine& engine, std::uint64_t address,
                        std::size_t step, bool whole) {
  const std::string& name = symbols.data_name(address);
  if (!name.empty()) {
    return name;
  }
  runtime::ProcessState& process = runtime::process_state();
  const runtime::Found found = process.arena.find(address);
  if (found.block != nullptr) {
    return block_name(symbols, engine, *found.block, address, whole);
  }
  const std::uint32_t slot = process.slots.find_stack(address);
  if (slot != base::kMaxThreads) {
    std::string variable =
        engine.recorded() ? stack_variable(symbols, engine, slot, address, step) : "";
    const std::uintptr_t top = process.slots.slot(slot).fiber.stack_high();
    return !variable.empty()
               ? variable
               : fmt::format("local of {} (stack-{})", engine.thread_name(slot), top - address);
  }
  if (std::string kept = kernel_object_name(address); !kept.empty()) {
    return kept;
  }
  std::string place = symbols.data_place(address);
  return !place.empty() ? place : fmt::format("0x{:x}", address);
}

std::string pointee_name(report::Symbolizer& symbols, const Engine& engine, std::uint64_t value,
                         std::size_t step) {
  constexpr std::uint64_t kLowest = 0x10000;
  runtime::ProcessState& process = runtime::process_state();
  if (value < kLowest) {
    return {};
  }
  const runtime::Found found = process.arena.find(value);
  const bool known = found.block != nullptr || !symbols.data_name(value).empty() ||
                     process.slots.find_stack(value) != base::kMaxThreads;
  const bool whole = found.block != nullptr && found.block->address == value;
  return known ? "&" + object_name(symbols, engine, value, step, whole) : "";
}

}  // namespace heddle
