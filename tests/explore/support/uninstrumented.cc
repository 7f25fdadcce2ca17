// SPDX-License-Identifier: Apache-2.0
// Built without -fsanitize=thread.
#include "uninstrumented.h"

namespace uninstrumented {

heddle::Report explore_quiet_body() {
  return heddle::explore([] {});
}

void spin_for_ever() {
  volatile bool never = false;
  while (!never) {
  }
}

}  // namespace uninstrumented
