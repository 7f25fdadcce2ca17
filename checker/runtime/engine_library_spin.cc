// SPDX-License-Identifier: Apache-2.0
// libstdc++ spins 16 rounds before it waits on a futex, which would multiply executions. Only the
// first and the last round are explored.
//
// Sound because nothing but the loop's dead counter tells its rounds apart: a round that succeeds
// could as well have been the last one, and by coherence a later round sees at least what an
// earlier one saw. Applied only where the debug information says that the load belongs to
// `__atomic_spin`; Options::reduce_library_spins switches it off.
#include <cerrno>
#include <string_view>

#include "checker/runtime/engine.h"
#include "checker/runtime/process_state.h"
#include "checker/runtime/program.h"

namespace heddle::runtime {

namespace {

constexpr std::uint32_t kFramesToLookAt = 6;

}  // namespace

/// Whether the load at `site` lies in __atomic_spin: inlined there, or called from it at -O0.
bool Engine::is_library_spin(const ModelThread& thread, std::uintptr_t site) {
  std::vector<std::uint64_t> stack = call_stack(thread, site);
  if (stack.size() > kFramesToLookAt) {
    stack.resize(kFramesToLookAt);
  }
  std::uint64_t key = 0;
  for (const std::uint64_t pc : stack) {
    key = key * 0x100000001b3ULL + pc;
  }
  const auto known = library_sites_.find(key);
  if (known != library_sites_.end()) {
    return known->second;
  }
  const DoorState door = heddle_door;  // What follows goes through doors itself ...
  const int program_errno = errno;     // ... and sets the thread's errno.
  ProcessState& process = process_state();
  const LibraryWatch::Pause pause(process.library_watch, process.modules);
  if (symbolizer_ == nullptr) {
    symbolizer_ = std::make_unique<report::Symbolizer>();
  }
  void (*const own_files)(bool) = program().hooks.own_files;
  if (own_files != nullptr) {
    own_files(true);
  }
  bool found = false;
  for (const Frame& frame : symbolizer_->stack(stack)) {
    found = found || frame.function.find("__atomic_spin") != std::string::npos;
  }
  if (own_files != nullptr) {
    own_files(false);
  }
  heddle_door = door;
  errno = program_errno;
  library_sites_.emplace(key, found);
  return found;
}

}  // namespace heddle::runtime
