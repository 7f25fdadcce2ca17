// SPDX-License-Identifier: Apache-2.0
// Execution graphs for graphviz: a box a step, a cluster a thread, and four kinds of edges.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "checker/report/entries.h"
#include "checker/report/frames.h"
#include "checker/report/grouped.h"
#include "checker/report/utf8.h"
#include "heddle/report_files.h"

namespace heddle {
namespace {

/// Of longer executions only the steps that matter are drawn.
constexpr std::size_t kMostSteps = 200;

/// A double-quoted string; lines are centred.
std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : report::valid_utf8(text)) {
    if (c == '\n') {
      result += "\\n";
      continue;
    }
    result += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  }
  return result + "\"";
}

class DotWriter {
 public:
  explicit DotWriter(const Finding& finding) : trace_(finding.trace) {
    for (std::size_t i = 0; i < trace_.size(); ++i) {
      if (trace_.size() <= kMostSteps || trace_[i].important) {
        shown_.insert(static_cast<std::int64_t>(i));
      }
    }
  }

  std::string write(const std::string& title) {
    const std::size_t hidden = trace_.size() - shown_.size();
    const std::string more = hidden == 0 ? "" : fmt::format("\n({} steps are left out)", hidden);
    std::string text = fmt::format(
        "digraph {0} {{\n"
        "  graph [label={1}, labelloc=t, fontname=\"sans-serif\"];\n"
        "  node [shape=box, fontname=\"monospace\", fontsize=10];\n"
        "  edge [fontname=\"sans-serif\", fontsize=9];\n",
        quoted(title), quoted(title + more));
    std::vector<std::string> threads;
    for (const TraceStep& step : trace_) {
      if (std::find(threads.begin(), threads.end(), step.thread) == threads.end()) {
        threads.push_back(step.thread);
      }
    }
    for (std::size_t i = 0; i < threads.size(); ++i) {
      text += cluster(threads[i], i);
    }
    return text + edges() + "}\n";
  }

 private:
  std::string cluster(const std::string& thread, std::size_t number) const {
    std::string nodes;
    std::string order;
    std::int64_t last = -1;
    for (const std::int64_t i : shown_) {
      if (trace_[static_cast<std::size_t>(i)].thread != thread) {
        continue;
      }
      nodes += node(i);
      order += last < 0 ? "" : fmt::format("    s{} -> s{} [label=po, weight=10];\n", last, i);
      last = i;
    }
    return fmt::format("  subgraph cluster_{} {{\n    label={};\n{}{}  }}\n", number,
                       quoted(thread), nodes, order);
  }

  std::string node(std::int64_t index) const {
    const TraceStep& step = trace_[static_cast<std::size_t>(index)];
    std::string label = fmt::format("{}. {}", index + 1, step.what);
    label += step.object.empty() ? "" : " " + step.object;
    label += step.value.empty() ? "" : " = " + step.value;
    const Frame* frame = report::user_frame(step.stack);
    label += frame == nullptr ? "" : "\n" + report::spot(*frame);
    label += step.note.empty() ? "" : "\n" + step.note;
    return fmt::format("    s{} [label={}{}];\n", index, quoted(label),
                       step.important ? ", style=bold" : "");
  }

  bool is_shown(std::int64_t step) const { return shown_.count(step) != 0; }

  std::string edges() const {
    std::string text;
    const auto edge = [&](std::int64_t from, std::int64_t to, std::string_view attributes) {
      if (from != to && is_shown(from)) {
        text += fmt::format("  s{} -> s{} [{}];\n", from, to, attributes);
      }
    };
    for (const std::int64_t i : shown_) {
      const TraceStep& step = trace_[static_cast<std::size_t>(i)];
      // What a thread's start and a join read is that another began or ended: hb says so.
      const bool is_read = step.what != "start" && !step.what.starts_with("join ");
      edge(is_read ? step.reads_from : -1, i, "label=rf, color=\"#117733\", fontcolor=\"#117733\"");
      edge(step.overwrites, i,
           "label=mo, color=\"#aa4400\", fontcolor=\"#aa4400\", style=dashed, constraint=false");
      for (const std::int64_t before : step.happens_after) {
        edge(before, i,
             "label=hb, color=\"#3355aa\", fontcolor=\"#3355aa\", style=dotted, constraint=false");
      }
    }
    return text;
  }

  const std::vector<TraceStep>& trace_;
  std::set<std::int64_t> shown_;
};

}  // namespace

std::string to_dot(const std::vector<ReportEntry>& entries) {
  std::string text =
      "// Executions for graphviz: dot -Tsvg -O FILE. po: program order; rf: reads-from; mo:\n"
      "// modification order; hb: happens-before, without what po and other hb edges imply.\n";
  for (const ReportEntry& entry : entries) {
    if (entry.report.findings.empty()) {
      const std::string title = fmt::format("{}: {}, no finding", report::title_of(entry),
                                            to_string(entry.report.verdict));
      text += fmt::format("digraph {0} {{\n  graph [label={0}];\n}}\n", quoted(title));
    }
    for (const report::FindingGroup& group : report::grouped(entry.report.findings)) {
      const Finding& finding = entry.report.findings[group.first];
      text += DotWriter(finding).write(fmt::format("{}: {}: {}", report::title_of(entry),
                                                   to_string(finding.kind), finding.message));
    }
  }
  return text;
}

}  // namespace heddle
