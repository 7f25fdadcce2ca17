// SPDX-License-Identifier: Apache-2.0
// What the two runners of the gallery share: finding a variant by name, and dying with the command
// that started them.
#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "bugs/exhibit.h"

namespace bugs {

struct Found {
  const Exhibit* exhibit = nullptr;
  const Variant* variant = nullptr;  ///< Null: the exhibit has no such variant.
};

/// Looks up "class/name" and a variant's name. Members are null from where nothing fits.
inline Found find(std::string_view full_name, std::string_view variant_name) {
  for (const Exhibit& exhibit : all()) {
    if (exhibit.klass + "/" + exhibit.name != full_name) {
      continue;
    }
    for (const Variant& variant : exhibit.variants) {
      if (variant.name == variant_name) {
        return {&exhibit, &variant};
      }
    }
    return {&exhibit, nullptr};
  }
  return {};
}

/// A child of the heddle command that deadlocks must not outlive it. Only when asked for by the
/// environment, so that a runner started by hand survives its shell.
inline void die_with_parent_if_asked() {
  if (std::getenv("HEDDLE_DIE_WITH_PARENT") == nullptr) {
    return;
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() == 1) {
    _exit(3);
  }
}

}  // namespace bugs
