// SPDX-License-Identifier: Apache-2.0
// Reports and findings for a person.
#include <fmt/format.h>

#include <algorithm>

#include "checker/report/frames.h"
#include "checker/report/text_layout.h"
#include "checker/report/text_trace.h"
#include "heddle/report.h"

namespace heddle {
namespace {

using report::Style;

std::string plural(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string spaced(std::string_view name) {
  std::string words(name);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

Style style_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk:
      return Style::kGood;
    case Verdict::kBounded:
    case Verdict::kIncomplete:
      return Style::kDoubtful;
    default:
      return Style::kBad;
  }
}

std::string duration(double seconds) {
  return seconds < 0.0995 ? fmt::format("{:.0f} ms", seconds * 1000)
                          : fmt::format("{:.1f} s", seconds);
}

class TextWriter {
 public:
  explicit TextWriter(const TextOptions& options) : options_(options) {
    options_.columns = std::max(options_.columns, 60u);
  }

  std::string take() { return std::move(out_); }

  void write(const Report& report) {
    verdict(report);
    wait_bounds(report.wait_bounds);
    list("within the bound:", report.bounds);
    list("assuming:", report.assumptions);
    list("warning:", report.warnings);
    outcomes(report.outcomes);
    for (std::size_t i = 0; i < report.findings.size(); ++i) {
      out_ += '\n';
      finding(report.findings[i], fmt::format("{}. ", i + 1));
    }
  }

  void finding(const Finding& finding, const std::string& number) {
    std::string title = number + spaced(to_string(finding.kind));
    if (finding.cause != DeadlockCause::kNone) {
      title += fmt::format(" ({})", spaced(to_string(finding.cause)));
    }
    title += finding.message.empty() ? "" : ": ";
    heading(title, finding.message, Style::kBad);
    for (const Participant& participant : finding.participants) {
      write(participant);
    }
    trace(finding);
    if (!finding.outcome.empty()) {
      report::append_wrapped(out_, "   outcome: ", joined(finding.outcome), options_.columns);
    }
    output(finding.output);
    if (!finding.token.empty()) {
      out_ += fmt::format("   replay: {}\n", finding.token);
    }
  }

 private:
  /// What the program printed, line by line behind a bar; other control characters are shown as
  /// '?'.
  void output(std::string_view text) {
    if (text.empty()) {
      return;
    }
    out_ += "   output:\n";
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      std::string line(text.substr(0, end));
      std::replace_if(
          line.begin(), line.end(),
          [](char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 127; },
          '?');
      out_ += "     | " + line + "\n";
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  /// `title` in its style, then `text`; both are wrapped as one.
  void heading(const std::string& title, const std::string& text, Style style) {
    const auto lines = report::wrapped(title + text, options_.columns, 3);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const std::size_t coloured = i == 0 ? std::min(title.size(), lines[i].size()) : 0;
      out_ += report::styled(lines[i].substr(0, coloured), style, options_.colour);
      out_ += lines[i].substr(coloured) + "\n";
    }
  }

  void verdict(const Report& report) {
    std::string text = ": ";
    if (report.verdict == Verdict::kBug) {
      text += plural(report.findings.size(), "finding") + "; ";
    }
    text += report.search == "cycles" ? states(report) : executions(report);
    text += fmt::format(", model {}, {}", report.model, duration(report.seconds));
    if (!report.complete && report.verdict == Verdict::kBug && report.search != "cycles") {
      text += "; stopped before all executions were explored";
    } else if (!report.complete && report.verdict == Verdict::kIncomplete) {
      text += is_doubted(report) ? "; nothing is proved, as the warnings say"
                                 : "; a limit stopped the search";
    }
    heading(std::string(to_string(report.verdict)), text, style_of(report.verdict));
  }

  /// Whether it is not a limit that leaves it open.
  static bool is_doubted(const Report& report) {
    return std::any_of(report.warnings.begin(), report.warnings.end(), [](const std::string& text) {
      return text.rfind("nothing is proved", 0) == 0;
    });
  }

  static std::string executions(const Report& report) {
    std::string text = plural(report.executions, "execution") + " explored (rf + total mo)";
    text += report.deadlocked != 0 ? fmt::format(", {} deadlocked", report.deadlocked) : "";
    return text + fmt::format(", {} blocked", report.blocked);
  }

  static std::string states(const Report& report) {
    return fmt::format("{} and {} explored", plural(report.states, "state"),
                       plural(report.transitions, "step"));
  }

  void wait_bounds(const std::vector<WaitBound>& bounds) {
    for (const WaitBound& bound : bounds) {
      std::string often = "may get it any number of times";
      if (bound.bounded) {
        const std::uint64_t most = bound.bypasses;
        often = most == 0   ? "do not get it"
                : most == 1 ? "get it once at most"
                            : fmt::format("get it {} times at most", most);
      }
      std::string text = fmt::format("while {} waits, others {}", bound.thread, often);
      text += bound.steps_bounded ? fmt::format(" ({} at most)", plural(bound.steps, "step")) : "";
      report::append_wrapped(out_, fmt::format("  {}: ", bound.object), text, options_.columns);
    }
  }

  void list(std::string_view title, const std::vector<std::string>& lines) {
    for (const std::string& line : lines) {
      report::append_wrapped(out_, fmt::format("  {} ", title), line, options_.columns);
    }
  }

  static std::string joined(const std::vector<OutcomeValue>& values) {
    std::string text;
    for (const OutcomeValue& value : values) {
      text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", value.name, value.value);
    }
    return text;
  }

  void outcomes(const std::vector<Outcome>& outcomes) {
    if (outcomes.empty()) {
      return;
    }
    out_ += fmt::format("  {}:\n", plural(outcomes.size(), "outcome"));
    std::uint64_t most = 0;
    for (const Outcome& outcome : outcomes) {
      most = std::max(most, outcome.count);
    }
    const std::size_t width = fmt::format("{}", most).size();
    for (const Outcome& outcome : outcomes) {
      const std::string count = fmt::format("    {:>{}} x  ", outcome.count, width);
      const std::string values = joined(outcome.values);
      report::append_wrapped(out_, count, values.empty() ? "(nothing observed)" : values,
                             options_.columns);
      if (options_.full && !outcome.token.empty()) {
        out_ += fmt::format("{}replay: {}\n", std::string(count.size(), ' '), outcome.token);
      }
    }
  }

  void write(const Participant& participant) {
    report::append_wrapped(out_, "   " + participant.thread + " ", participant.what,
                           options_.columns);
    const auto& stack = participant.stack;
    const Frame* user = report::user_frame(stack);
    const bool some = std::any_of(stack.begin(), stack.end(), [](const Frame& frame) {
      return !report::is_library_frame(frame) && frame.line != 0;
    });
    for (const Frame& frame : stack) {
      const bool hidden = some && (report::is_library_frame(frame) || frame.line == 0);
      if (options_.full || !hidden) {
        write(frame, &frame == user);
      }
    }
  }

  void write(const Frame& frame, bool with_source) {
    const std::string function =
        options_.full ? frame.function : report::short_function(frame.function);
    const std::string text =
        fmt::format("{}{}{}", report::place(frame), function.empty() ? "" : "  in ", function);
    report::append_wrapped(out_, "      ", text, options_.columns);
    const std::string& source = with_source ? sources_.line(frame.file, frame.line) : std::string();
    if (!source.empty()) {
      const std::string line = report::shortened(source, options_.columns - 8);
      out_ += "        " + report::styled(line, Style::kDim, options_.colour) + "\n";
    }
  }

  void trace(const Finding& finding) {
    if (finding.trace.empty()) {
      return;
    }
    const std::string file = report::main_file(finding.trace);
    const std::string text =
        fmt::format("({}, {}{}{}):", plural(finding.trace.size(), "step"),
                    finding.cycle_from < 0 ? "in an order with few switches"
                                           : "of which those marked | repeat for ever",
                    file.empty() ? "" : "; lines of ", report::short_file(file));
    report::append_wrapped(out_, "   execution ", text, options_.columns);
    report::append_trace(out_, finding.trace, finding.cycle_from, options_, sources_);
  }

  TextOptions options_;
  std::string out_;
  report::SourceFiles sources_;
};

}  // namespace

std::string to_text(const Report& report, const TextOptions& options) {
  TextWriter writer(options);
  writer.write(report);
  return writer.take();
}

std::string to_text(const Finding& finding, const TextOptions& options) {
  TextWriter writer(options);
  writer.finding(finding, "");
  return writer.take();
}

}  // namespace heddle
