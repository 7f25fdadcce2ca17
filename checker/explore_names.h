// SPDX-License-Identifier: Apache-2.0
// What objects of an execution are called: variables by their names, also those on stacks, heap
// blocks by the source line that allocated them.
//
// Names of stacks and allocations come from the recorded run, if the engine's last run was one; the
// place on the stack or the number of the block stands in for them otherwise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "checker/report/symbols.h"
#include "checker/runtime/engine.h"

namespace heddle {

/// Reading debug information takes longer than many an exploration: what was read is kept until
/// other modules are loaded. REQUIRES: the process is taken over.
report::Symbolizer& symbols_of_process();

constexpr std::size_t kLastStep = ~std::size_t{0};

/// Name of the object at `address` when the recorded step `step` was made: "hits",
/// "account.balance", "new Node (stack.cc:31).next", "local of main (stack-236)". With
/// `whole`, a heap block is meant, not its first member.
std::string object_name(report::Symbolizer& symbols, const runtime::Engine& engine,
                        std::uint64_t address, std::size_t step = kLastStep, bool whole = false);

/// "&storage", "&new Node (stack.cc:31)": what a pointer of this value points to. Empty if nothing
/// of the program is known to be there.
std::string pointee_name(report::Symbolizer& symbols, const runtime::Engine& engine,
                         std::uint64_t value, std::size_t step);

}  // namespace heddle
