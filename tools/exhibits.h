// SPDX-License-Identifier: Apache-2.0
// The gallery as the explored runner describes it (`heddle-gallery-explored --list`), and the
// choice of some of its variants by name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "heddle/report.h"

namespace heddle::tools {

/// See bugs::Variant: the same fields, without the body.
struct VariantInfo {
  std::string name;
  Verdict verdict = Verdict::kOk;
  std::vector<FindingKind> kinds;
  std::vector<DeadlockCause> causes;
  std::string adds;
  std::string primitive;
  std::uint64_t sc_executions = 0;
  std::string waits = "any";  ///< "any", "bounded", "unbounded".
  std::uint64_t bypasses = 0;
  std::uint64_t deadline = 0;
  bool late = false;
  std::vector<std::string> tsan;
  bool tsan_certain = true;
  bool cycles = false;  ///< Of the exhibit: it is explored by the search of cycles.

  bool is_bug() const { return verdict == Verdict::kBug; }
};

/// See bugs::Exhibit.
struct ExhibitInfo {
  std::string klass;
  std::string name;
  std::string title;
  std::string story;
  std::string kind;
  std::string cwe;
  std::string origin;
  int threads = 0;
  std::string tsan_reason;
  std::string file;
  std::vector<VariantInfo> variants;

  std::string full_name() const { return klass + "/" + name; }
};

/// One variant of one exhibit; both outlive the selection.
struct Selected {
  const ExhibitInfo* exhibit = nullptr;
  const VariantInfo* variant = nullptr;

  std::string full_name() const { return exhibit->full_name() + "/" + variant->name; }
};

/// Reads the runner's list. Throws InternalError when it is not one.
std::vector<ExhibitInfo> parse_exhibits(std::string_view json);

/// The variants that `names` ask for, in the order of `exhibits`, each once; no names: all of them.
/// A name is a class, an exhibit or a variant: "races", "lost_update", "races/lost_update",
/// "lost_update/mutex", "races/lost_update/mutex". A `variant` that is not empty keeps only the
/// variants of that name. Throws UsageError, with the nearest name, when a name fits nothing.
std::vector<Selected> select(const std::vector<ExhibitInfo>& exhibits,
                             const std::vector<std::string>& names, const std::string& variant);

}  // namespace heddle::tools
