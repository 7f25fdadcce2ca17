// SPDX-License-Identifier: Apache-2.0
// How a primitive tells a checker that its thread waits, without depending on one.
//
// The two hooks are weak and declared here, not included: where Heddle is not linked they are null
// and nothing is called. Only code compiled with -fsanitize=thread asks at all, so that ordinary
// builds do not pay even for the question.
//
// A thread announces its wait when it has its place, not before: behind the doorway of a queue
// lock, say. What "passed by" means depends on it: before its doorway nobody is passed by.
#pragma once

#if defined(__SANITIZE_THREAD__)
#define PRIMITIVES_ANNOTATED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define PRIMITIVES_ANNOTATED 1
#endif
#endif

namespace primitives {

extern "C" {
[[gnu::weak]] void heddle_waits_for(const void* object);
[[gnu::weak]] void heddle_acquired(const void* object);
}

/// The calling thread has its place in the wait for `object`. It may turn out to be free.
inline void waits_for([[maybe_unused]] const void* object) {
#if defined(PRIMITIVES_ANNOTATED)
  if (heddle_waits_for != nullptr) {
    heddle_waits_for(object);
  }
#endif
}

/// The calling thread has got `object`.
inline void acquired([[maybe_unused]] const void* object) {
#if defined(PRIMITIVES_ANNOTATED)
  if (heddle_acquired != nullptr) {
    heddle_acquired(object);
  }
#endif
}

}  // namespace primitives
