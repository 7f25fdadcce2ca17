// SPDX-License-Identifier: Apache-2.0
// heddle gallery show: one exhibit as a page: story, failing executions, ThreadSanitizer, fixes.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <optional>
#include <sstream>

#include "tools/errors.h"
#include "tools/gallery.h"
#include "tools/source_diff.h"
#include "tools/variant_source.h"

namespace heddle::tools {
namespace {

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return std::nullopt;
  }
  std::ostringstream contents;
  contents << file.rdbuf();
  return contents.str();
}

/// The part of an exhibit's path that a reader knows it by: "bugs/races/lost_update.cc".
std::string short_path(const std::string& path) {
  const std::size_t found = path.rfind("bugs/");
  return found == std::string::npos ? path : path.substr(found);
}

/// "waits for bus: 1 bypass at most, 7 steps of others at most (T1)".
std::string wait_words(const WaitBound& wait) {
  const auto bound = [](bool bounded, std::uint64_t most, const char* one, const char* many) {
    return bounded ? fmt::format("{} {} at most", most, most == 1 ? one : many)
                   : fmt::format("{} without end", many);
  };
  return fmt::format("waits for {}: {}, {} ({})", wait.object,
                     bound(wait.bounded, wait.bypasses, "bypass", "bypasses"),
                     bound(wait.steps_bounded, wait.steps, "step of others", "steps of others"),
                     wait.thread);
}

class Page {
 public:
  Page(const ExhibitInfo& exhibit, const std::vector<VariantResult>& results, Terminal& terminal,
       const Request& request)
      : exhibit_(exhibit),
        results_(results),
        terminal_(terminal),
        request_(request),
        source_(read_file(exhibit.file)) {}

  std::string text() {
    story();
    for (const VariantResult& result : results_) {
      if (result.selected.variant->is_bug()) {
        bug(result);
      }
    }
    for (const VariantResult& result : results_) {
      if (!result.selected.variant->is_bug()) {
        fix(result);
      }
    }
    return std::move(text_);
  }

 private:
  void heading(const std::string& words) {
    text_ += fmt::format("\n{}\n", terminal_.paint(Colour::kBold, words));
  }

  void paragraph(const std::string& words, std::size_t indent = 2) {
    for (const std::string& line : wrap_text(words, terminal_.columns() - indent)) {
      text_ += fmt::format("{:{}}{}\n", "", indent, line);
    }
  }

  void field(const char* name, const std::string& value) {
    if (!value.empty()) {
      text_ += fmt::format("  {:<8} {}\n", name, hanging(value, 11, terminal_.columns()));
    }
  }

  void story() {
    text_ +=
        fmt::format("{}  {}\n", terminal_.paint(Colour::kBold, exhibit_.full_name()),
                    hanging(exhibit_.title, exhibit_.full_name().size() + 2, terminal_.columns()));
    field("kind", exhibit_.kind);
    field("CWE", exhibit_.cwe.empty() ? "" : exhibit_.cwe + " (nearest)");
    field("origin", exhibit_.origin);
    field("threads", fmt::format("{}", exhibit_.threads));
    field("source", short_path(exhibit_.file));
    text_ += "\n";
    paragraph(exhibit_.story);
  }

  void outcome(const VariantResult& result) {
    const Report& report = result.report;
    std::string line;
    for (const std::string& word : verdict_words(result)) {
      line += (line.empty() ? "" : " ") + word;
    }
    const std::string explored =
        report.search == "cycles"
            ? fmt::format("{} states", report.states)
            : fmt::format("{} executions, {} blocked", report.executions, report.blocked);
    paragraph(fmt::format("{}: {}, {:.2f} s; {}", line, explored, report.seconds,
                          result.as_declared() ? "as declared" : "NOT AS DECLARED"));
    for (const WaitBound& wait : report.wait_bounds) {
      paragraph(wait_words(wait));
    }
    for (const std::string& bound : report.bounds) {
      paragraph("bound: " + bound);
    }
    for (const std::string& deviation : result.deviations) {
      paragraph("! " + deviation);
    }
  }

  void tsan(const VariantResult& result) {
    if (!result.tsan_asked) {
      return;
    }
    std::string said;
    for (const std::string& word : tsan_words(result)) {
      said += (said.empty() ? "" : " ") + word;
    }
    paragraph(fmt::format("ThreadSanitizer, {} runs: {}", result.tsan.runs, said));
  }

  void bug(const VariantResult& result) {
    heading("The bug: " + result.selected.variant->name);
    outcome(result);
    const TextOptions options{
        .colour = terminal_.colour(), .columns = terminal_.columns(), .full = request_.full};
    for (Finding finding : result.report.findings) {
      const std::string token = gallery_token(result.selected, finding.token);
      finding.token.clear();  // It is printed below, in the form that the command takes.
      text_ += "\n" + to_text(finding, options);
      text_ += text_.ends_with('\n') ? "" : "\n";
      text_ += fmt::format("  {} replay '{}'\n", program_invocation_name, token);
    }
    text_ += "\n";
    tsan(result);
    paragraph(exhibit_.tsan_reason);
  }

  void fix(const VariantResult& result) {
    const VariantInfo& variant = *result.selected.variant;
    heading(fmt::format("{}: {}{}", exhibit_.klass == "controls" ? "Correct" : "Fix", variant.name,
                        variant.primitive.empty() ? "" : " (" + variant.primitive + ")"));
    paragraph(variant.adds);
    outcome(result);
    tsan(result);
    difference(variant);
  }

  const VariantInfo* first_bug() const {
    const auto found = std::find_if(exhibit_.variants.begin(), exhibit_.variants.end(),
                                    [](const VariantInfo& variant) { return variant.is_bug(); });
    return found == exhibit_.variants.end() ? nullptr : &*found;
  }

  void difference(const VariantInfo& fix) {
    const VariantInfo* const buggy = first_bug();
    if (buggy == nullptr) {
      return;
    }
    if (!source_) {
      paragraph(fmt::format("(no difference: {} cannot be read)", exhibit_.file));
      return;
    }
    const std::vector<SourceLine> before = variant_source(*source_, buggy->name);
    const std::vector<SourceLine> after = variant_source(*source_, fix.name);
    if (before.empty() || after.empty()) {
      paragraph(fmt::format("(no difference: {} has no function for {})", short_path(exhibit_.file),
                            before.empty() ? buggy->name : fix.name));
      return;
    }
    text_ += fmt::format("\n  --- {0} ({1})\n  +++ {0} ({2})\n", short_path(exhibit_.file),
                         buggy->name, fix.name);
    for (const DiffLine& line : unified_diff(before, after)) {
      text_ += "  " + terminal_.paint(colour_of(line.kind), line.text) + "\n";
    }
  }

  static Colour colour_of(DiffLine::Kind kind) {
    switch (kind) {
      case DiffLine::Kind::kHunk:
        return Colour::kCyan;
      case DiffLine::Kind::kRemoved:
        return Colour::kRed;
      case DiffLine::Kind::kAdded:
        return Colour::kGreen;
      default:
        return Colour::kPlain;
    }
  }

  const ExhibitInfo& exhibit_;
  const std::vector<VariantResult>& results_;
  Terminal& terminal_;
  const Request& request_;
  std::optional<std::string> source_;
  std::string text_;
};

}  // namespace

int gallery_show(const Request& request) {
  Terminal terminal(stdout, request.colour);
  const Runner runner;
  const std::vector<ExhibitInfo> exhibits = runner.list();
  const std::vector<Selected> chosen = select(exhibits, request.names, request.variant);
  int code = 0;
  for (const ExhibitInfo& exhibit : exhibits) {
    std::vector<Selected> own;
    std::copy_if(chosen.begin(), chosen.end(), std::back_inserter(own),
                 [&](const Selected& selected) { return selected.exhibit == &exhibit; });
    if (own.empty()) {
      continue;
    }
    const std::vector<VariantResult> results =
        run_variants(runner, own, request, terminal, [](const VariantResult&) {});
    terminal.print(Page(exhibit, results, terminal, request).text());
    for (const VariantResult& result : results) {
      code = result.report.verdict == Verdict::kInternalError ? kExitInternal : code;
    }
  }
  return code;
}

}  // namespace heddle::tools
