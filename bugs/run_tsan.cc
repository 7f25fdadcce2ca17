// SPDX-License-Identifier: Apache-2.0
// heddle-gallery-tsan: runs the body of one variant once, with real threads, under
// ThreadSanitizer's runtime. What it reports, and how the process ends, is for the caller to read.
#include <cstdio>

#include "bugs/run_common.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: heddle-gallery-tsan CLASS/NAME VARIANT\n");
    return 2;
  }
  const bugs::Found found = bugs::find(argv[1], argv[2]);
  if (found.variant == nullptr) {
    std::fprintf(stderr, "heddle-gallery-tsan: no variant \"%s/%s\"\n", argv[1], argv[2]);
    return 2;
  }
  bugs::die_with_parent_if_asked();
  found.variant->body();
  return 0;
}
