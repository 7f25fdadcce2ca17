// SPDX-License-Identifier: Apache-2.0
// Reports and findings for a person.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "checker/report/explain_facts.h"
#include "checker/report/frames.h"
#include "checker/report/percent.h"
#include "checker/report/text_explain.h"
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
    covered(report);
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
    odds(finding);
    if (const std::string cycle = report::wait_for_cycle(finding); !cycle.empty()) {
      report::append_wrapped(out_, "   wait-for cycle: ", cycle, options_.columns);
    }
    trace(finding);
    report::append_explanation(out_, finding, options_, sources_);
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
    } else if (!report.complete && report.verdict == Verdict::kIncomplete && report.seed == 0) {
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

  /// What a search that was stopped, that draws or that bounds schedules has covered.
  void covered(const Report& report) {
    std::vector<std::string> parts;
    if (report.covered.empty() && report.estimate.descents != 0) {
      parts.push_back(to_text(report.estimate, report.executions));
    }
    for (const Covered& one : report.covered) {
      if (one.strategy == "exhaustive") {
        parts.push_back(exhaustive_part(one, report.estimate));
      }
    }
    if (report.distinct != 0) {
      parts.push_back(fmt::format("{} drawn from seed {}; nothing is proved",
                                  plural(report.distinct, "different execution"), report.seed));
    }
    for (const Covered& one : report.covered) {
      if (one.strategy != "exhaustive") {
        parts.push_back(covered_by(one, report.seed != 0 || report.distinct != 0));
      }
    }
    if (!parts.empty()) {
      report::append_wrapped(out_, "  covered: ", fmt::format("{}", fmt::join(parts, "; ")),
                             options_.columns);
    }
  }

  static std::string exhaustive_part(const Covered& one, const Estimate& estimate) {
    std::string text = plural(one.executions, "execution") + " by the exhaustive search";
    const std::string in_all = to_text(estimate, one.executions);
    return in_all.empty() ? text : fmt::format("{} ({})", text, in_all);
  }

  static std::string covered_by(const Covered& one, bool beside_others) {
    if (one.strategy == "preemptions" || one.strategy == "delays") {
      const std::string bound = bounded_part(one);
      return beside_others ? fmt::format("{} by {} ({})", plural(one.executions, "execution"),
                                         one.strategy, bound)
                           : bound;
    }
    std::string text = fmt::format("{} by {}", plural(one.executions, "execution"), one.strategy);
    if (one.depth != 0 && one.threads != 0 && one.length != 0) {
      text += fmt::format(
          " (a bug of depth {} is hit by one with probability at least 1 / ({} * {}^{}), as long "
          "as executions have no more threads and events)",
          one.depth, one.threads, one.length, one.depth - 1);
    }
    return text;
  }

  static std::string bounded_part(const Covered& one) {
    if (one.completed < 0) {
      return fmt::format("not even all schedules without {}", one.strategy);
    }
    return fmt::format("every schedule with at most {} {}{}", one.completed, one.strategy,
                       one.cut ? "" : ", and there are no others");
  }

  /// How simple the execution is, and how likely it would have been by chance.
  void odds(const Finding& finding) {
    if (finding.found_at == 0) {
      return;
    }
    std::string text = fmt::format("in execution {}", finding.found_at);
    if (finding.preemptions >= 0) {
      text += fmt::format("; shown with {} (not fewer in {})",
                          plural(static_cast<std::uint64_t>(finding.preemptions), "preemption"),
                          plural(finding.reduce_runs, "run"));
    } else if (finding.reduce_runs != 0) {
      text += fmt::format("; not made simpler in {}", plural(finding.reduce_runs, "run"));
    }
    if (finding.random_runs != 0) {
      const auto [low, high] = interval(finding.random_hits, finding.random_runs);
      text += fmt::format("; of {}, {} hit it: {} to {} % (95 %)",
                          plural(finding.random_runs, "plain random schedule"), finding.random_hits,
                          report::percent(low), report::percent(high));
    }
    report::append_wrapped(out_, "   found ", text, options_.columns);
  }

  /// Wilson's interval for a probability, 95 %.
  static std::pair<double, double> interval(std::uint64_t hits, std::uint64_t runs) {
    constexpr double kZ = 1.96;
    const auto n = static_cast<double>(runs);
    const double p = static_cast<double>(hits) / n;
    const double middle = p + kZ * kZ / (2 * n);
    const double half = kZ * std::sqrt(p * (1 - p) / n + kZ * kZ / (4 * n * n));
    const double scale = 1 + kZ * kZ / n;
    return {std::max(0.0, (middle - half) / scale), std::min(1.0, (middle + half) / scale)};
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
    const std::string source = with_source ? sources_.line(frame.file, frame.line) : std::string();
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
    report::append_trace(out_, finding, options_, sources_);
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
