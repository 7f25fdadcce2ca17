// SPDX-License-Identifier: Apache-2.0
// Code that the explored tests call and that is compiled without instrumentation.
#pragma once

#include <atomic>
#include <cstdint>

#include "heddle/heddle.h"

namespace uninstrumented {

/// Explores a body without a single hook.
heddle::Report explore_quiet_body();
/// Explores a body that starts a thread without a single hook, which counts with atomics.
heddle::Report explore_uninstrumented_thread(const heddle::Options& options = {});
/// The monotonic clock, asked from the kernel without any function that could be intercepted.
std::uint64_t kernel_nanoseconds();

/// Nobody sets it, which other files cannot know.
extern std::atomic<bool> never_set;
/// Writes to memory without a hook.
void store_unseen(void* to, int value);
/// Never returns and calls nothing.
void spin_for_ever();
/// Returns when another OS thread has gone through a whole round since this was called: it adds one
/// to `rounds` in each. The round at hand may have begun earlier, so two additions are waited for.
void wait_for_a_whole_round(const std::atomic<int>& rounds);

}  // namespace uninstrumented
