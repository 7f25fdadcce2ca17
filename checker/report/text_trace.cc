// SPDX-License-Identifier: Apache-2.0
// Choosing the steps and laying out the columns.
#include "checker/report/text_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "checker/report/frames.h"

namespace heddle::report {
namespace {

constexpr std::size_t kNumberWidth = 7;  // Two spaces, the number, two spaces.
constexpr std::size_t kGap = 2;
constexpr std::size_t kNarrowest = 18;

/// Start and end of a thread, which say nothing unless something happened there.
bool is_routine(const TraceStep& step) {
  return (step.what == "start" || step.what == "end") && step.note.empty();
}

std::vector<bool> steps_to_show(const std::vector<TraceStep>& trace, bool full) {
  std::vector<bool> shown(trace.size(), true);
  const bool any =
      std::any_of(trace.begin(), trace.end(), [](const TraceStep& step) { return step.important; });
  if (full) {
    return shown;
  }
  for (std::size_t i = 0; i < trace.size(); ++i) {
    shown[i] = (trace[i].important || !any) && !is_routine(trace[i]);
  }
  for (const TraceStep& step : trace) {
    const auto source = static_cast<std::size_t>(step.reads_from);
    if (step.important && step.reads_from >= 0 && source < trace.size()) {
      shown[source] = !is_routine(trace[source]);
    }
  }
  return shown;
}

/// "new Node (line 31)" for "new Node (stack.cc:31)", where stack.cc is the main file.
std::string without_file(std::string text, const std::string& main_file) {
  const std::string words = fmt::format("{}:", short_file(main_file));
  for (std::size_t at = 0; words.size() > 1 && (at = text.find(words, at)) != std::string::npos;) {
    text.replace(at, words.size(), "line ");
  }
  return text;
}

/// "load(acquire) x = 1", "fetch_add(relaxed) x: 1 -> 2".
std::string headline(const TraceStep& step) {
  std::string text = step.what;
  if (!step.object.empty()) {
    text += " " + step.object;
  }
  if (!step.value.empty()) {
    const bool changes = step.value.find(" -> ") != std::string::npos;
    text += (step.object.empty() || changes ? ": " : " = ") + step.value;
  }
  return text;
}

class Table {
 public:
  Table(const Finding& finding, const TextOptions& options, SourceFiles& sources)
      : trace_(finding.trace),
        cycle_from_(finding.cycle_from < 0 ? finding.trace.size()
                                           : static_cast<std::size_t>(finding.cycle_from)),
        decides_(finding.decision.step),
        options_(options),
        sources_(sources),
        columns_(std::max(options.columns, 60u)),
        shown_(steps_to_show(finding.trace, options.full)),
        main_file_(main_file(finding.trace)) {
    const std::vector<TraceStep>& trace = trace_;
    if (decides_ >= 0 && decides_ < static_cast<std::int64_t>(trace.size())) {
      shown_[static_cast<std::size_t>(decides_)] = true;
    }
    for (std::size_t i = 0; i < trace.size(); ++i) {
      if (shown_[i] && column_of(trace[i]) == threads_.size()) {
        threads_.push_back(trace[i].thread);
      }
    }
    std::stable_sort(threads_.begin(), threads_.end(), [](const auto& a, const auto& b) {
      return std::pair(a != "main", std::pair(a.size(), a)) <
             std::pair(b != "main", std::pair(b.size(), b));
    });
    const std::size_t room = columns_ - kNumberWidth;
    cell_width_ = threads_.empty() ? room : (room + kGap) / threads_.size();
    one_column_ = cell_width_ < kNarrowest + kGap;
    cell_width_ = one_column_ ? room : cell_width_ - kGap;
    starts_.push_back(0);
    for (std::size_t i = 0; i < (one_column_ ? 1 : threads_.size()); ++i) {
      starts_.push_back(kNumberWidth + i * (cell_width_ + kGap));
    }
  }

  void append(std::string& out) {
    append_header(out);
    std::size_t hidden = 0;
    for (std::size_t i = 0; i < trace_.size(); ++i) {
      if (!shown_[i]) {
        hidden += is_routine(trace_[i]) ? 0 : 1;
        continue;
      }
      append_hidden(out, hidden);
      hidden = 0;
      append_step(out, i);
    }
    append_hidden(out, hidden);
    if (cycle_from_ < trace_.size()) {
      const std::string text =
          fmt::format("  `-- and so on from step {}, for ever", cycle_from_ + 1);
      out += styled(text, Style::kBad, options_.colour) + "\n";
    }
    append_cut_lines(out);
  }

 private:
  std::size_t column_of(const TraceStep& step) const {
    return static_cast<std::size_t>(std::find(threads_.begin(), threads_.end(), step.thread) -
                                    threads_.begin());
  }

  void append_header(std::string& out) const {
    if (one_column_) {
      return;
    }
    std::vector<std::vector<StyledLine>> names(1);
    std::vector<std::vector<StyledLine>> lines(1);
    for (const std::string& thread : threads_) {
      names.push_back({{shortened(thread, cell_width_), Style::kBold}});
      lines.push_back({{std::string(cell_width_, '-'), Style::kDim}});
    }
    append_row(out, names, starts_, options_.colour);
    append_row(out, lines, starts_, options_.colour);
  }

  void append_hidden(std::string& out, std::size_t count) const {
    if (count != 0) {
      const std::string text = fmt::format("({} step{} not shown)", count, count == 1 ? "" : "s");
      out += std::string(kNumberWidth, ' ') + styled(text, Style::kDim, options_.colour) + "\n";
    }
  }

  /// Lines of the main file that did not fit into their column.
  void append_cut_lines(std::string& out) const {
    constexpr std::size_t kMost = 20;
    if (cut_.empty() || cut_.size() > kMost) {
      return;
    }
    const std::size_t digits = fmt::format("{}", cut_.rbegin()->first).size();
    std::string before = fmt::format("{:>{}}", "in full: ", kNumberWidth + 9);
    for (const auto& [number, source] : cut_) {
      const std::string line = fmt::format("{:>{}}: {}", number, digits, source);
      out += before;
      out += styled(shortened(line, columns_ - before.size()), Style::kDim, options_.colour) + "\n";
      before.assign(before.size(), ' ');
    }
  }

  void append_step(std::string& out, std::size_t index) {
    const TraceStep& step = trace_[index];
    std::vector<std::vector<StyledLine>> cells(one_column_ ? 2 : threads_.size() + 1);
    cells[0] = {{fmt::format("{}{:>3}", index < cycle_from_ ? "  " : "| ", index + 1),
                 index < cycle_from_ ? Style::kDim : Style::kBad}};
    auto& cell = cells[one_column_ ? 1 : column_of(step) + 1];
    add(cell, (one_column_ ? step.thread + ": " : "") + without_file(headline(step), main_file_),
        Style::kPlain, 2);
    add_place(cell, step);
    if (!step.note.empty()) {
      const bool bad = step.important;
      add(cell, "^ " + without_file(step.note, main_file_), bad ? Style::kBad : Style::kDoubtful,
          2);
    }
    if (static_cast<std::int64_t>(index) == decides_) {
      add(cell, "^ this decides", Style::kBad, 2);
    }
    append_row(out, cells, starts_, options_.colour);
  }

  void add(std::vector<StyledLine>& cell, std::string_view text, Style style,
           std::size_t indent) const {
    for (std::string& line : wrapped(text, cell_width_, indent)) {
      cell.push_back({std::move(line), style});
    }
  }

  /// Where the step is in the source, unless its thread's step before was at the same place. Lines
  /// of the main file are shown without its name.
  void add_place(std::vector<StyledLine>& cell, const TraceStep& step) {
    const Frame* frame = user_frame(step.stack);
    if (frame == nullptr) {
      return;
    }
    const Frame* before = std::exchange(last_place_[step.thread], frame);
    if (before != nullptr && before->line == frame->line && before->file == frame->file &&
        frame->line != 0) {
      return;
    }
    const std::string where = spot(*frame);
    if (frame->file.empty()) {
      add(cell, where, Style::kDim, 2);
      return;
    }
    const std::string source = sources_.line(frame->file, frame->line);
    if (frame->file == main_file_ && !source.empty()) {
      const std::string line = fmt::format("{}: {}", frame->line, source);
      cell.push_back({shortened(line, cell_width_), Style::kDim});
      if (width_of(line) > cell_width_) {
        cut_[frame->line] = source;
      }
      return;
    }
    const std::string line = source.empty() ? where : where + "  " + source;
    const bool fits = source.empty() || width_of(line) <= cell_width_;
    if (fits) {
      cell.push_back({shortened(line, cell_width_), Style::kDim});
      return;
    }
    cell.push_back({shortened(where, cell_width_), Style::kDim});
    cell.push_back({"  " + shortened(source, cell_width_ - 2), Style::kDim});
  }

  const std::vector<TraceStep>& trace_;
  const std::size_t cycle_from_;  ///< Number of steps if there is no cycle.
  const std::int64_t decides_;    ///< Step; -1: none.
  const TextOptions& options_;
  SourceFiles& sources_;
  std::size_t columns_;
  std::vector<bool> shown_;
  std::string main_file_;
  std::map<std::string, const Frame*> last_place_;
  std::map<std::uint32_t, std::string> cut_;  ///< By number.
  std::vector<std::string> threads_;
  std::size_t cell_width_ = 0;
  bool one_column_ = false;
  std::vector<std::size_t> starts_;
};

}  // namespace

std::string main_file(const std::vector<TraceStep>& trace) {
  std::map<std::string, std::size_t> counts;
  std::string most;
  for (const TraceStep& step : trace) {
    const Frame* frame = user_frame(step.stack);
    if (frame != nullptr && frame->line != 0 && ++counts[frame->file] > counts[most]) {
      most = frame->file;
    }
  }
  return most;
}

void append_trace(std::string& out, const Finding& finding, const TextOptions& options,
                  SourceFiles& sources) {
  if (!finding.trace.empty()) {
    Table(finding, options, sources).append(out);
  }
}

}  // namespace heddle::report
