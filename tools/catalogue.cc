// SPDX-License-Identifier: Apache-2.0
// Rows as Markdown, and the tables' place in the page.
#include "tools/catalogue.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "tools/errors.h"
#include "tools/gallery.h"

namespace heddle::tools {
namespace {

constexpr std::string_view kBegin = "<!-- catalogue: begin -->\n";
constexpr std::string_view kEnd = "<!-- catalogue: end -->\n";
constexpr std::string_view kHead =
    "| exhibit | kind | CWE | origin | Heddle finds | ThreadSanitizer says | fixes |\n"
    "|---|---|---|---|---|---|---|\n";

/// A cell: no end of line in it, and no bar.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char letter : text) {
    escaped += letter == '|' ? "\\|" : letter == '\n' ? " " : std::string(1, letter);
  }
  return escaped;
}

/// How much was explored. States are not counted here: which bytes make a state differs a little
/// from one machine to the next.
std::string count(const VariantResult& result) {
  return result.report.search == "cycles" ? "cycles"
                                          : std::to_string(explored_count(result.report));
}

/// "data_race, assertion (4)"; "ok (2)"; "livelock (cycles)".
std::string found(const VariantResult& result) {
  std::vector<std::string> words = verdict_words(result);
  if (words.size() > 1) {
    words.erase(words.begin());
  }
  return fmt::format("{} ({})", fmt::join(words, ", "), count(result));
}

/// "mutex (2)"; "scoped_lock (bounded, 18)".
std::string fix(const VariantResult& result) {
  const Verdict verdict = judged_verdict(*result.selected.variant, result.report);
  return fmt::format("{} ({}{})", result.selected.variant->name,
                     verdict == Verdict::kOk ? "" : fmt::format("{}, ", to_string(verdict)),
                     count(result));
}

/// "data_race"; "lock_order or hang"; "hang, in some runs"; "silent".
std::string declared_tsan(const VariantInfo& variant) {
  if (variant.tsan.empty()) {
    return "silent";
  }
  return fmt::format("{}{}", fmt::join(variant.tsan, " or "),
                     variant.tsan_certain ? "" : ", in some runs");
}

/// The results of one exhibit, in the order of its variants.
std::string row_of(const ExhibitInfo& exhibit, const std::vector<const VariantResult*>& results) {
  const bool has_bug = std::any_of(results.begin(), results.end(), [](const auto* result) {
    return result->selected.variant->is_bug();
  });
  const auto bugs = std::count_if(results.begin(), results.end(), [](const auto* result) {
    return result->selected.variant->is_bug();
  });
  const bool named = (has_bug ? static_cast<std::size_t>(bugs) : results.size()) > 1;
  std::vector<std::string> heddle;
  std::vector<std::string> tsan;
  std::vector<std::string> fixes;
  for (const VariantResult* result : results) {
    const VariantInfo& variant = *result->selected.variant;
    const std::string prefix = named ? variant.name + ": " : "";
    if (variant.is_bug() || !has_bug) {
      heddle.push_back(prefix + found(*result));
      tsan.push_back(prefix + declared_tsan(variant));
      continue;
    }
    fixes.push_back(fix(*result));
    if (!variant.tsan.empty()) {
      tsan.push_back(variant.name + ": " + declared_tsan(variant));
    }
  }
  return fmt::format("| [{}]({}.cc) | {} | {} | {} | {} | {} | {} |\n", exhibit.name,
                     exhibit.full_name(), cell(exhibit.kind), cell(exhibit.cwe),
                     cell(exhibit.origin), cell(fmt::format("{}", fmt::join(heddle, "<br>"))),
                     cell(fmt::format("{}", fmt::join(tsan, "<br>"))),
                     cell(fmt::format("{}", fmt::join(fixes, ", "))));
}

/// Ways in which a program itself ends; what ThreadSanitizer has reported is something else.
bool is_programs_own(const std::string& kind) {
  return kind == "assertion" || kind == "exception" || kind == "abort" || kind == "crash" ||
         kind == "double_free";
}

/// A page in three: up to the first marker's end, the tables, from the second marker on.
struct Parts {
  std::string_view before;
  std::string_view tables;
  std::string_view after;
};

Parts parts_of(std::string_view page, const std::string& name) {
  const std::size_t begin = page.find(kBegin);
  const std::size_t end = page.find(kEnd, begin == std::string_view::npos ? 0 : begin);
  if (begin == std::string_view::npos || end == std::string_view::npos) {
    throw UsageError(fmt::format("{} has no place for the catalogue: it needs the lines {} and {}",
                                 name, kBegin.substr(0, kBegin.size() - 1),
                                 kEnd.substr(0, kEnd.size() - 1)));
  }
  const std::size_t start = begin + kBegin.size();
  return {page.substr(0, start), page.substr(start, end - start), page.substr(end)};
}

/// The rows that are in the tables, by what their first cell links to.
CatalogueRows rows_in(std::string_view tables) {
  CatalogueRows rows;
  while (!tables.empty()) {
    const std::size_t end = tables.find('\n');
    const std::string_view line = tables.substr(0, end == std::string_view::npos ? end : end + 1);
    tables.remove_prefix(line.size());
    const std::size_t open = line.find("](");
    const std::size_t close = line.find(".cc)", open);
    if (line.starts_with("| [") && close != std::string_view::npos) {
      rows[std::string(line.substr(open + 2, close - open - 2))] = line;
    }
  }
  return rows;
}

std::set<std::string> names_of(const std::vector<ExhibitInfo>& exhibits) {
  std::set<std::string> names;
  for (const ExhibitInfo& exhibit : exhibits) {
    names.insert(exhibit.full_name());
  }
  return names;
}

}  // namespace

CatalogueRows catalogue_rows(const std::vector<VariantResult>& results) {
  std::map<const ExhibitInfo*, std::vector<const VariantResult*>> by_exhibit;
  for (const VariantResult& result : results) {
    by_exhibit[result.selected.exhibit].push_back(&result);
  }
  CatalogueRows rows;
  for (const auto& [exhibit, own] : by_exhibit) {
    if (own.size() != exhibit->variants.size()) {
      throw UsageError(fmt::format("the catalogue needs all {} variants of {}, not {}",
                                   exhibit->variants.size(), exhibit->full_name(), own.size()));
    }
    rows[exhibit->full_name()] = row_of(*exhibit, own);
  }
  return rows;
}

std::string updated_catalogue(std::string_view page, const std::string& name,
                              const std::vector<ExhibitInfo>& exhibits, const CatalogueRows& rows) {
  const Parts parts = parts_of(page, name);
  CatalogueRows all = rows_in(parts.tables);
  for (const auto& [exhibit, row] : rows) {
    all[exhibit] = row;
  }
  std::string tables;
  std::string klass;
  for (const ExhibitInfo& exhibit : exhibits) {
    const auto row = all.find(exhibit.full_name());
    if (row == all.end()) {
      continue;
    }
    if (exhibit.klass != klass) {
      tables += fmt::format("\n### {}\n\n{}", exhibit.klass, kHead);
      klass = exhibit.klass;
    }
    tables += row->second;
  }
  return fmt::format("{}{}\n{}", parts.before, tables, parts.after);
}

std::vector<std::string> catalogue_differences(std::string_view page, const std::string& name,
                                               const std::vector<ExhibitInfo>& exhibits,
                                               const CatalogueRows& rows) {
  const CatalogueRows there = rows_in(parts_of(page, name).tables);
  const std::set<std::string> known = names_of(exhibits);
  std::vector<std::string> lines;
  for (const auto& [exhibit, row] : rows) {
    const auto found = there.find(exhibit);
    if (found == there.end()) {
      lines.push_back(fmt::format("{} has no row for {}", name, exhibit));
    } else if (found->second != row) {
      lines.push_back(fmt::format("{} is out of date for {}; it should say\n  {}  and says\n  {}",
                                  name, exhibit, row,
                                  found->second.substr(0, found->second.size() - 1)));
    }
  }
  for (const auto& [exhibit, row] : there) {
    if (!known.contains(exhibit)) {
      lines.push_back(fmt::format("{} has a row for {}, which does not exist", name, exhibit));
    }
  }
  return lines;
}

std::vector<std::string> tsan_differences(const std::vector<VariantResult>& results) {
  std::vector<std::string> lines;
  for (const VariantResult& result : results) {
    const std::vector<std::string>& declared = result.selected.variant->tsan;
    const auto is_declared = [&](const std::string& kind) {
      return std::find(declared.begin(), declared.end(), kind) != declared.end();
    };
    bool any_declared = result.tsan.hung != 0 && is_declared("hang");
    for (const auto& [kind, runs] : result.tsan.reports) {
      any_declared = any_declared || is_declared(kind);
      if (!is_declared(kind) && !is_programs_own(kind)) {
        lines.push_back(fmt::format("ThreadSanitizer says {} of {}, which is not declared", kind,
                                    result.selected.full_name()));
      }
    }
    if (!declared.empty() && result.selected.variant->tsan_certain && result.tsan.runs != 0 &&
        !any_declared) {
      lines.push_back(
          fmt::format("ThreadSanitizer says nothing of {}, of which every run is "
                      "declared to show {}",
                      result.selected.full_name(), fmt::join(declared, " or ")));
    }
  }
  return lines;
}

}  // namespace heddle::tools
