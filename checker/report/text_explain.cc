// SPDX-License-Identifier: Apache-2.0
// Sentences, and the lines of source around the deciding step.
#include "checker/report/text_explain.h"

#include <fmt/format.h>

#include <algorithm>

#include "checker/report/frames.h"
#include "heddle/explain.h"

namespace heddle::report {
namespace {

/// One line before and one after; the line itself is marked.
void append_snippet(std::string& out, const TraceStep& step, const TextOptions& options,
                    SourceFiles& sources) {
  const Frame* frame = user_frame(step.stack);
  if (frame == nullptr || frame->line == 0 || sources.line(frame->file, frame->line).empty()) {
    return;
  }
  std::size_t indent = std::string::npos;
  for (std::uint32_t line = frame->line - 1; line <= frame->line + 1; ++line) {
    const std::string text = sources.whole_line(frame->file, line);
    indent = std::min(indent, text.find_first_not_of(' '));
  }
  for (std::uint32_t line = frame->line - 1; line <= frame->line + 1; ++line) {
    std::string text = sources.whole_line(frame->file, line);
    if (text.empty() && line != frame->line) {
      continue;
    }
    text.erase(0, std::min(indent, text.size()));
    const bool here = line == frame->line;
    const std::string whole = fmt::format("     {} {:>4} | {}", here ? ">" : " ", line, text);
    out += styled(shortened(whole, options.columns), here ? Style::kBold : Style::kDim,
                  options.colour);
    out += '\n';
  }
}

void append_sentence(std::string& out, const char* name, const std::string& text,
                     const TextOptions& options) {
  if (text.empty()) {
    return;
  }
  const auto lines = wrapped(fmt::format("{} {}", name, text), options.columns - 3, 2);
  const std::size_t title = std::string_view(name).size();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    out += "   ";
    out += i == 0 ? styled(name, Style::kBold, options.colour) + lines[i].substr(title) : lines[i];
    out += '\n';
  }
}

}  // namespace

void append_explanation(std::string& out, const Finding& finding, const TextOptions& options,
                        SourceFiles& sources) {
  const Decision& decision = finding.decision;
  append_sentence(out, "what decides it:", decision.message, options);
  if (decision.step >= 0 && decision.step < static_cast<std::int64_t>(finding.trace.size())) {
    append_snippet(out, finding.trace[static_cast<std::size_t>(decision.step)], options, sources);
  }
  append_sentence(out, "what went wrong:", what_went_wrong(finding), options);
  append_sentence(out, "what would fix it:", what_would_fix(finding), options);
  if (options.full && !decision.token.empty()) {
    out +=
        fmt::format("   {}: {}\n", finding.cycle_from < 0 ? "the passing execution" : "the way out",
                    decision.token);
  }
}

}  // namespace heddle::report
