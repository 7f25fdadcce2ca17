// SPDX-License-Identifier: Apache-2.0
// The private memory of model processes, all of which have the same addresses.
//
// A forked process is a model thread that runs at its parent's addresses: on its stack, with its
// thread-local storage, globals and heap. While it runs, its memory is in place and that of the
// others lies in their images; between them the engine switches, on the scheduler's own stack.
//
// What is in an image: every written page of globals; and what was there when its process was
// forked or forked another: live blocks, stacks and thread-local storage. What a process allocates
// later has addresses that no other process knows, so it stays in place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "checker/runtime/model_thread.h"

namespace heddle::runtime {

class ProcessImage {
 public:
  /// From now on [begin, begin + size) is private to each process that has it in its image; the
  /// present bytes are this one's.
  void add(std::uintptr_t begin, std::size_t size);
  /// Takes over what is in memory, of the ranges that were added and of globals and `threads`,
  /// which must be suspended.
  void save(const std::vector<ModelThread*>& threads);
  /// Puts it back.
  void load() const;

 private:
  using Bytes = std::vector<std::byte>;
  static Bytes copy(std::uintptr_t begin, std::size_t size);
  void keep(std::uintptr_t begin, std::uintptr_t end);

  std::map<std::uintptr_t, Bytes> ranges_;
  std::map<std::uintptr_t, Bytes> globals_;
  std::vector<std::pair<std::uintptr_t, Bytes>> stacks_;
  std::map<base::ThreadId, Bytes> thread_locals_;  ///< By slot.
};

}  // namespace heddle::runtime
