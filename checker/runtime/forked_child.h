// SPDX-License-Identifier: Apache-2.0
// A copy of this process that does one thing, hands bytes back and is gone with all that it did.
#pragma once

#include <functional>
#include <string>

namespace heddle::runtime {

/// Forks; the child calls `work` and ends, without handlers of any kind. Returns what `work`
/// returned. Throws InternalError for an exception there, and if the child dies or there cannot be
/// one. Not on a fiber. About 100 microseconds and what the child touches. The child has the
/// calling OS thread only, and dies with this process; `while_running`, if given, holds its process
/// id meanwhile.
std::string in_child(const std::function<std::string()>& work,
                     volatile int* while_running = nullptr);

}  // namespace heddle::runtime
