// SPDX-License-Identifier: Apache-2.0
// Each of the functions does its work in a function that ends in _here; whether that is called in
// this process or in a forked one is decided in one place, here_or_forked().
#include "checker/explore_record.h"

#include <algorithm>
#include <utility>

#include "checker/base/bytes.h"
#include "checker/explore_lock_order.h"
#include "checker/explore_names.h"
#include "checker/explore_token.h"
#include "checker/runtime/forked_child.h"
#include "checker/runtime/process_state.h"
#include "checker/runtime/program.h"
#include "checker/runtime/raw_finding_bytes.h"
#include "checker/search/call_log.h"
#include "heddle/heddle.h"

namespace heddle {
namespace {

using base::ByteReader;
using base::ByteWriter;
using runtime::RawFinding;
using runtime::RunEnd;

/// What `work` returns; as bytes in between if it is done in a process of its own.
template <class Result, class Work, class Write, class Read>
Result here_or_forked(Work work, Write write, Read read) {
  if (!runtime::program().forks) {
    return work();
  }
  const std::string bytes = runtime::in_child([&] {
    runtime::take_over_copy();
    ByteWriter out;
    write(work(), &out);
    return std::move(out.bytes());
  });
  ByteReader in(bytes);
  return read(&in);
}

void write_shown(const std::optional<Finding>& finding, ByteWriter* out) {
  Report report;
  if (finding.has_value()) {
    report.findings.push_back(*finding);
  }
  out->put(to_json(report));
}

std::optional<Finding> read_shown(ByteReader* in) {
  Report report = report_from_json(in->text());
  return report.findings.empty() ? std::nullopt : std::optional(std::move(report.findings.front()));
}

template <class T>
std::vector<T> read_all(ByteReader* in) {
  std::vector<T> items;
  in->each([&] { items.push_back(in->get<T>()); });
  return items;
}

NameObject names(const Exploring& in) {
  return [&in](std::uint64_t address) { return object_name(in.symbols, in.engine, address); };
}

std::vector<search::WaitingThread> waiting_threads(const runtime::Engine& engine) {
  std::vector<search::WaitingThread> waiting;
  for (base::ThreadId id = 0; id < engine.thread_count(); ++id) {
    const runtime::ModelThread& thread = engine.thread(id);
    const bool waits = thread.state == runtime::ThreadState::kFrontier ||
                       thread.state == runtime::ThreadState::kStuck;
    if (waits && thread.pending.kind == graph::OpKind::kSync) {
      waiting.push_back({id, thread.pending.location});
    }
  }
  return waiting;
}

RecordedTrace trace_here(const Exploring& in, search::Search& search, RawFinding of_interest,
                         StepOrder order) {
  in.engine.recorder().start(interests_of({of_interest}));
  in.engine.run(search, in.body, true);
  of_interest.kind = FindingKind::kAssertion;  // Nothing is wrong with this one.
  RecordedTrace result;
  result.trace =
      make_finding(of_interest, in.engine, search.graph(), in.symbols, &result.events, order).trace;
  result.token = make_token(search.graph(), in.engine, in.options);
  return result;
}

Recorded record_here(const Exploring& in, search::Search& search, RawFinding finding) {
  runtime::Engine& engine = in.engine;
  engine.recorder().start(interests_of({finding}));
  const RunEnd end = engine.run(search, in.body, true);
  if (const Judgement again = judge(engine, end, search.graph(), names(in));
      again.finding.has_value()) {
    engine.findings().push_back(*again.finding);  // The recorded run knows more names.
  }
  for (const RawFinding& recorded : engine.findings()) {
    if (recorded.kind == finding.kind && recorded.key == finding.key) {
      finding = recorded;  // The same, with the stacks of a recorded run.
      break;
    }
  }
  Recorded result;
  result.whole = with_full_stacks(finding, engine);
  result.library_race = is_library_race(result.whole, in.symbols);
  if (!result.library_race) {
    result.suppressed_by = in.suppressions.match(result.whole, engine, in.symbols);
  }
  if (!result.library_race && result.suppressed_by < 0) {
    result.shown = make_finding(finding, engine, search.graph(), in.symbols, &result.events);
    result.waiting = waiting_threads(engine);
    result.shown->token = make_token(search.graph(), engine, in.options);
    result.shown->output = std::move(runtime::program().output);
  }
  return result;
}

std::optional<Finding> repeat_here(const Exploring& in, search::Search& search,
                                   const RunEnd& first) {
  runtime::Engine& engine = in.engine;
  const std::vector<OutcomeValue> outcome = engine.outcome();
  const std::uint32_t events = search.graph().stamps();
  engine.recorder().start({});
  const RunEnd again = engine.run(search, in.body, true);
  const bool says_so = std::any_of(
      engine.findings().begin(), engine.findings().end(),
      [](const RawFinding& found) { return found.kind == FindingKind::kNondeterminism; });
  if (!says_so && again.events == first.events && search.graph().stamps() == events &&
      again.all_ended == first.all_ended && engine.outcome() == outcome) {
    return std::nullopt;
  }
  RawFinding finding;
  finding.kind = FindingKind::kNondeterminism;
  finding.message =
      "the same execution was run twice and differed: the program depends on something Heddle does "
      "not control";
  for (const RawFinding& known : engine.findings()) {
    finding = known.kind == finding.kind ? known : finding;
  }
  Finding shown = make_finding(finding, engine, search.graph(), in.symbols);
  shown.token = make_token(search.graph(), engine, in.options);
  return shown;
}

/// In a forked process: runs, and says what the search was asked and what the engine learned.
std::string run_in_child(const Exploring& in, search::Search& search) {
  runtime::take_over_copy();
  const runtime::Engine::TableSizes before = in.engine.table_sizes();
  search::LoggedSearch logged(&search);
  const RunEnd end = in.engine.run(logged, in.body);
  const Judgement judgement = judge(in.engine, end, search.graph(), names(in));
  ByteWriter out;
  out.put(logged.log());
  out.put(end);
  out.put(judgement.run_class);
  out.put(judgement.finding.has_value());
  if (judgement.finding.has_value()) {
    runtime::write_finding(*judgement.finding, &out);
  }
  in.engine.tell_run(before, &out);
  return std::move(out.bytes());
}

}  // namespace

JudgedRun run_once(const Exploring& in, search::Search& search) {
  JudgedRun run;
  if (!runtime::program().forks) {
    run.end = in.engine.run(search, in.body);
    run.judgement = judge(in.engine, run.end, search.graph(), names(in));
    return run;
  }
  const std::string bytes = runtime::in_child([&] { return run_in_child(in, search); });
  ByteReader from(bytes);
  if (!search::repeat_calls(from.text(), &search)) {
    throw runtime::InternalError{"the search of a forked process went another way"};
  }
  run.end = from.get<RunEnd>();
  run.judgement.run_class = from.get<RunClass>();
  if (from.get<bool>()) {
    run.judgement.finding = runtime::read_finding(&from);
  }
  in.engine.take_run(&from);
  return run;
}

Recorded record_finding(const Exploring& in, search::Search& search, const RawFinding& finding) {
  return here_or_forked<Recorded>([&] { return record_here(in, search, finding); },
                                  [](const Recorded& done, ByteWriter* out) {
                                    runtime::write_finding(done.whole, out);
                                    out->put(done.library_race);
                                    out->put(done.suppressed_by);
                                    write_shown(done.shown, out);
                                    out->put_all(done.events);
                                    out->put_all(done.waiting);
                                  },
                                  [](ByteReader* from) {
                                    Recorded done;
                                    done.whole = runtime::read_finding(from);
                                    done.library_race = from->get<bool>();
                                    done.suppressed_by = from->get<int>();
                                    done.shown = read_shown(from);
                                    done.events = read_all<base::EventId>(from);
                                    done.waiting = read_all<search::WaitingThread>(from);
                                    return done;
                                  });
}

RecordedTrace record_trace(const Exploring& in, search::Search& search,
                           const RawFinding& of_interest, StepOrder order) {
  return here_or_forked<RecordedTrace>([&] { return trace_here(in, search, of_interest, order); },
                                       [](const RecordedTrace& done, ByteWriter* out) {
                                         Finding finding;
                                         finding.trace = done.trace;
                                         write_shown(finding, out);
                                         out->put_all(done.events);
                                         out->put(done.token);
                                       },
                                       [](ByteReader* from) {
                                         RecordedTrace done;
                                         done.trace = std::move(read_shown(from)->trace);
                                         done.events = read_all<base::EventId>(from);
                                         done.token = from->text();
                                         return done;
                                       });
}

std::optional<Finding> repeat_run(const Exploring& in, search::Search& search,
                                  const RunEnd& first) {
  return here_or_forked<std::optional<Finding>>([&] { return repeat_here(in, search, first); },
                                                &write_shown, &read_shown);
}

std::vector<std::string> lock_orders_of_run(const Exploring& in, search::Search& search) {
  using Lines = std::vector<std::string>;
  return here_or_forked<Lines>(
      [&] {
        in.engine.recorder().start({});
        in.engine.run(search, in.body, true);
        return lock_order_of(in.engine.recorder().steps(), search.graph(), in.engine, names(in));
      },
      [](const Lines& lines, ByteWriter* out) { out->put_all(lines); },
      [](ByteReader* from) {
        Lines lines;
        from->each([&] { lines.push_back(from->text()); });
        return lines;
      });
}

}  // namespace heddle
