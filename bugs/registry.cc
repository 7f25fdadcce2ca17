// SPDX-License-Identifier: Apache-2.0
// The list of exhibits, filled by static initialisation and sorted when it is first asked for.
#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "bugs/exhibit.h"

#ifdef NDEBUG
#error "the exhibits' assertions must be on: compile bugs/ with -UNDEBUG"
#endif

namespace bugs {
namespace {

// A function's static, so that it exists before the first Registration of whichever file.
std::vector<Exhibit>& registered() {
  static std::vector<Exhibit> exhibits;
  return exhibits;
}

}  // namespace

Registration::Registration(Exhibit exhibit) { registered().push_back(std::move(exhibit)); }

const std::vector<Exhibit>& all() {
  static const std::vector<Exhibit>& sorted = []() -> std::vector<Exhibit>& {
    std::sort(registered().begin(), registered().end(), [](const Exhibit& a, const Exhibit& b) {
      return std::tie(a.klass, a.name) < std::tie(b.klass, b.name);
    });
    return registered();
  }();
  return sorted;
}

}  // namespace bugs
