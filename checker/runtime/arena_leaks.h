// SPDX-License-Identifier: Apache-2.0
// Reachability in the model's heap: a live block to which nothing points any more is a leak.
#pragma once

#include "checker/runtime/arena.h"

namespace heddle::runtime {

/// Conservative marking. Any aligned word that holds an address inside a live block (or one past
/// its end) reaches it. Usage: begin(), mark_from() for each root range (globals, thread-local
/// storage, live stacks, memory that outlives the execution), then finish(); unreachable live
/// blocks then have `reachable == false`. O(bytes scanned + bytes of reached blocks). Nothing is
/// allocated but address space, once.
class LeakScan {
 public:
  explicit LeakScan(Arena& arena) : arena_(arena) {}
  void begin();
  void mark_from(AddressRange roots);
  void finish();

 private:
  void mark_word(std::uintptr_t word);

  Arena& arena_;
  RawArray<BlockInfo*> pending_;
};

}  // namespace heddle::runtime
