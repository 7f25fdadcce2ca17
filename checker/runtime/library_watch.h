// SPDX-License-Identifier: Apache-2.0
// Notices when the C++ library changes its own variables.
//
// Globals of explored modules are put back between executions; those of other libraries are not.
// While every execution runs from its beginning that is harmless for whoever undoes what it did:
// counts a reference and drops it, opens and closes. An execution that goes on from a checkpoint
// runs only the second half. So checkpoints are kept only while libstdc++ does not write to its
// variables: their pages are read-only, and the first write ends the watch, upon which the engine
// forgets its checkpoints.
//
// Other libraries are not watched: libc, because every allocation writes there, and all others,
// because a system call that writes to a watched page fails. Which functions of theirs a program
// may call is a question for library_calls.h.
//
// Entry point: arm(), then armed() whenever it matters. on_fault() is async-signal-safe and may run
// on any OS thread. (One that blocks SIGSEGV and writes to such a page is ended by the kernel.)
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "checker/runtime/modules.h"

namespace heddle::runtime {

class LibraryWatch {
 public:
  /// Makes the writable pages of libstdc++ and libgcc_s read-only.
  /// One mprotect a segment. No effect while armed.
  void arm(const Modules& modules);
  /// Makes them writable again. No effect unless armed.
  void disarm();
  /// False from the first write on, until armed again.
  bool armed() const { return armed_.load(std::memory_order_acquire); }

  /// Whether the watch was interrupted between two runs, by Heddle's own use of a library.
  bool suspended() const { return suspended_.load(std::memory_order_acquire); }

  /// Called by the SIGSEGV handler: true if `address` is watched; the watch is over or, if
  /// `between_runs`, suspended then, and the faulting instruction may be executed again.
  bool on_fault(std::uintptr_t address, bool between_runs);

  /// Heddle uses a library in the middle of a run: its writes do not count.
  class Pause {
   public:
    Pause(LibraryWatch& watch, const Modules& modules)
        : watch_(watch), modules_(modules), was_armed_(watch.armed()) {
      watch.disarm();
    }
    ~Pause() {
      if (was_armed_) {
        watch_.arm(modules_);
      }
    }
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

   private:
    LibraryWatch& watch_;
    const Modules& modules_;
    const bool was_armed_;
  };

 private:
  static constexpr std::size_t kMostRanges = 512;

  AddressRange ranges_[kMostRanges] = {};
  std::size_t count_ = 0;
  std::atomic<bool> armed_{false};
  std::atomic<bool> suspended_{false};
  std::atomic<std::uintptr_t> last_fault_{0};
};

}  // namespace heddle::runtime
