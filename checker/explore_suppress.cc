// SPDX-License-Identifier: Apache-2.0
// Compares raw findings with the suppressions.
#include "checker/explore_suppress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "checker/explore_names.h"

namespace heddle {
namespace {

std::string contents_of(const std::string& file) {
  std::ifstream stream(file);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream.is_open() || stream.bad()) {
    throw std::invalid_argument(
        fmt::format("cannot read the suppressions in {}: {}", file, std::strerror(errno)));
  }
  return text.str();
}

report::SuppressionSubject subject_of(const runtime::RawFinding& finding,
                                      const runtime::Engine& engine, report::Symbolizer& symbols) {
  report::SuppressionSubject subject;
  subject.kind = finding.kind;
  for (const runtime::RawParticipant& part : finding.participants) {
    subject.stacks.push_back(symbols.stack(part.stack));
    if (part.address != 0) {
      subject.objects.push_back(object_name(symbols, engine, part.address));
    }
  }
  if (finding.kind == FindingKind::kDeadlock) {
    subject.objects.push_back(finding.message);  // It names the locks.
  }
  return subject;
}

}  // namespace

Suppressions::Suppressions(const std::string& file) : file_(file) {
  if (!file.empty()) {
    list_ = report::parse_suppressions(contents_of(file), file);
  }
}

int Suppressions::match(const runtime::RawFinding& finding, const runtime::Engine& engine,
                        report::Symbolizer& symbols) const {
  if (list_.empty()) {
    return -1;
  }
  const report::SuppressionSubject subject = subject_of(finding, engine, symbols);
  const auto found = std::find_if(list_.begin(), list_.end(), [&](const report::Suppression& one) {
    return matches(one, subject);
  });
  return found == list_.end() ? -1 : static_cast<int>(found - list_.begin());
}

void Suppressions::hide(const runtime::RawFinding& finding, int line) {
  ++list_[static_cast<std::size_t>(line)].hits;
  hidden_.insert(key_of(finding));
}

void Suppressions::add_warnings(std::vector<std::string>* warnings) const {
  for (const report::Suppression& one : list_) {
    if (one.hits != 0) {
      warnings->push_back(fmt::format("{} finding{} suppressed by {}:{} ({}:{})", one.hits,
                                      one.hits == 1 ? " was" : "s were", file_, one.line, one.type,
                                      one.pattern));
    }
  }
}

}  // namespace heddle
