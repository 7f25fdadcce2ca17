// SPDX-License-Identifier: Apache-2.0
// The text form of reports, read as a person would.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

#include "checker/report/text_layout.h"
#include "heddle/report.h"

namespace heddle {
namespace {

TraceStep step(std::string thread, std::string what, std::string object, std::string value,
               bool important = true) {
  TraceStep result;
  result.thread = std::move(thread);
  result.what = std::move(what);
  result.object = std::move(object);
  result.value = std::move(value);
  result.important = important;
  return result;
}

Finding lost_update() {
  Finding finding;
  finding.kind = FindingKind::kAssertion;
  finding.message = "Assertion `counter == 2' failed.";
  finding.participants = {
      {"main", "failed an assertion", {{"check(int)", "a/b/lost.cc", 9, 1, ""}}}};
  finding.trace = {
      step("main", "create T1", "", "", false), step("T1", "load(relaxed)", "counter", "0"),
      step("main", "load(relaxed)", "counter", "0"), step("main", "store(relaxed)", "counter", "1"),
      step("T1", "store(relaxed)", "counter", "1")};
  finding.trace[4].note = "overwrites";
  finding.outcome = {{"total", "1"}};
  finding.token = "h1:0:r0:::AAAAAA";
  return finding;
}

std::size_t widest(const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  std::size_t width = 0;
  while (std::getline(lines, line)) {
    if (line.find("replay:") == std::string::npos) {
      width = std::max(width, report::width_of(line));
    }
  }
  return width;
}

TEST(Text, verdict_line) {
  Report report;
  report.model = "rc11";
  report.executions = 525630;
  report.blocked = 12;
  report.seconds = 1.2;
  report.complete = true;
  EXPECT_EQ(to_text(report),
            "ok: 525630 executions explored (rf + total mo), 12 blocked, model rc11, 1.2 s\n");
  report.verdict = Verdict::kBounded;
  report.executions = 1;
  report.deadlocked = 1;
  report.seconds = 0.0123;
  report.bounds = {"failed_rounds = 1"};
  report.assumptions = {"freed memory is not reused"};
  EXPECT_EQ(
      to_text(report),
      "bounded: 1 execution explored (rf + total mo), 1 deadlocked, 12 blocked, model rc11, 12 ms\n"
      "  within the bound: failed_rounds = 1\n"
      "  assuming: freed memory is not reused\n");
}

TEST(Text, states_and_waits_of_a_search_of_cycles) {
  Report report;
  report.search = "cycles";
  report.model = "sc";
  report.states = 155;
  report.transitions = 1;
  report.seconds = 0.001;
  report.complete = true;
  report.wait_bounds = {{"bus", "T1", true, 2, true, 1},
                        {"gate", "main", false, 0, false, 0},
                        {"door", "T2", true, 0, false, 0}};
  EXPECT_EQ(to_text(report),
            "ok: 155 states and 1 step explored, model sc, 1 ms\n"
            "  bus: while T1 waits, others get it 2 times at most (1 step at most)\n"
            "  gate: while main waits, others may get it any number of times\n"
            "  door: while T2 waits, others do not get it\n");
}

TEST(Text, what_a_search_that_draws_has_covered) {
  Report report;
  report.verdict = Verdict::kIncomplete;
  report.search = "portfolio";
  report.model = "sc";
  report.executions = 7;
  report.seconds = 0.001;
  report.seed = 3;
  report.distinct = 5;
  report.covered = {{"pos", 4}, {"pct", 3, 2, 10, 3}};
  EXPECT_EQ(
      to_text(report, {.columns = 200}),
      "incomplete: 7 executions explored (rf + total mo), 0 blocked, model sc, 1 ms\n"
      "  covered: 5 different executions drawn from seed 3; nothing is proved; 4 executions by "
      "pos; 3 executions by pct (a bug of depth 3 is hit by one with probability at least 1 / (2 * "
      "10^2), as long as\n           executions have no more threads and events)\n");
}

TEST(Text, what_a_bounded_search_has_covered) {
  Report report;
  report.model = "sc";
  report.search = "delays";
  report.covered = {{"delays", 4, 0, 0, 0, 2, true}};
  EXPECT_NE(to_text(report).find("  covered: every schedule with at most 2 delays\n"),
            std::string::npos);
  report.covered.front().cut = false;
  EXPECT_NE(to_text(report).find("at most 2 delays, and there are no others\n"), std::string::npos);
  report.covered.front().completed = -1;
  EXPECT_NE(to_text(report).find("not even all schedules without delays\n"), std::string::npos);
}

TEST(Text, how_many_executions_there_are) {
  Report report;
  report.verdict = Verdict::kIncomplete;
  report.model = "rc11";
  report.executions = 1000;
  report.estimate = {400, 526000, 60000, 0.02};
  const auto text = [&] { return to_text(report, {.columns = 200}); };
  EXPECT_NE(
      text().find("  covered: about 5.3e+05 executions in all (4.1e+05 to 6.4e+05, 95 %, from "
                  "400 descents), 0.19 % explored\n"),
      std::string::npos)
      << text();
  const auto expect_worthless = [&](const char* why) {
    EXPECT_NE(text().find(std::string("cannot be told from ") +
                          std::to_string(report.estimate.descents) + " descents: " + why + "\n"),
              std::string::npos)
        << text();
  };
  report.estimate.error = 300000;
  expect_worthless("they differ too much");
  report.estimate.largest = 0.6;
  expect_worthless("one of them says much of the sum of all");
  report.estimate = {400, 500, 10, 0.02};
  expect_worthless("more were explored than they said");
  report.estimate = {29, 526000, 60000, 0.02};
  expect_worthless("too few descents");
  // Within the spread, but more than the mean: nobody says 100 % of a search that goes on.
  report.estimate = {400, 900, 100, 0.02};
  expect_worthless("more were explored than they said");
}

TEST(Text, an_exhaustive_search_and_then_others) {
  Report report;
  report.verdict = Verdict::kIncomplete;
  report.search = "auto";
  report.model = "rc11";
  report.executions = 1007;
  report.estimate = {400, 4000, 500, 0.02};
  report.seed = 3;
  report.distinct = 5;
  report.covered = {{"exhaustive", 1000}, {"delays", 2, 0, 0, 0, 0, true}, {"pos", 5}};
  const std::string text = to_text(report, {.columns = 400});
  EXPECT_NE(
      text.find("  covered: 1000 executions by the exhaustive search (about 4000 executions in "
                "all (3020 to 4980, 95 %, from 400 descents), 25 % explored); 5 different "
                "executions drawn from seed 3; nothing is proved; 2 executions by delays (every "
                "schedule with at most 0 delays); 5 executions by pos\n"),
      std::string::npos)
      << text;
}

TEST(Text, the_odds_of_a_finding) {
  Finding finding = lost_update();
  EXPECT_EQ(to_text(finding).find("found in execution"), std::string::npos);
  finding.found_at = 12;
  finding.preemptions = 1;
  finding.reduce_runs = 7;
  finding.random_runs = 200;
  finding.random_hits = 10;
  EXPECT_NE(
      to_text(finding, {.columns = 200})
          .find("   found in execution 12; shown with 1 preemption (not fewer in 7 runs); of 200 "
                "plain random schedules, 10 hit it: 2.7 to 9 % (95 %)\n"),
      std::string::npos)
      << to_text(finding, {.columns = 200});
}

TEST(Text, a_cycle_is_marked) {
  Finding finding = lost_update();
  finding.kind = FindingKind::kLivelock;
  finding.cycle_from = 3;
  const std::string text = to_text(finding);
  EXPECT_NE(text.find("of which those marked | repeat for ever"), std::string::npos) << text;
  EXPECT_NE(text.find("\n    3"), std::string::npos) << text;
  EXPECT_NE(text.find("\n|   4"), std::string::npos) << text;
  EXPECT_NE(text.find("`-- and so on from step 4, for ever"), std::string::npos) << text;
}

TEST(Text, outcomes_with_their_counts) {
  Report report;
  report.outcomes = {{{{"a", "0"}, {"b", "1"}}, 12, "h1:x"}, {{}, 3, ""}};
  const std::string text = to_text(report);
  EXPECT_NE(text.find("  2 outcomes:\n    12 x  a = 0, b = 1\n     3 x  (nothing observed)\n"),
            std::string::npos)
      << text;
  TextOptions full;
  full.full = true;
  EXPECT_NE(to_text(report, full).find("          replay: h1:x\n"), std::string::npos);
}

TEST(Text, one_column_for_each_thread) {
  TextOptions options;
  options.columns = 80;
  EXPECT_EQ(to_text(lost_update(), options),
            "assertion: Assertion `counter == 2' failed.\n"
            "   main failed an assertion\n"
            "      lost.cc:9  in check\n"
            "   execution (5 steps, in an order with few switches):\n"
            "       main                                 T1\n"
            "       -----------------------------------  -----------------------------------\n"
            "       (1 step not shown)\n"
            "    2                                       load(relaxed) counter = 0\n"
            "    3  load(relaxed) counter = 0\n"
            "    4  store(relaxed) counter = 1\n"
            "    5                                       store(relaxed) counter = 1\n"
            "                                            ^ overwrites\n"
            "   what went wrong: main fails its check: main and T1 read the same value of\n"
            "     counter, and the later write undoes the earlier one.\n"
            "   what would fix it: Make reading and writing counter one step: T1 overwrites\n"
            "     what main wrote after both had read the same value; hold a lock around\n"
            "     both, or use one atomic operation.\n"
            "   outcome: total = 1\n"
            "   replay: h1:0:r0:::AAAAAA\n");
}

TEST(Text, full_traces_show_every_step) {
  TextOptions options;
  options.full = true;
  const std::string text = to_text(lost_update(), options);
  EXPECT_NE(text.find("    1  create T1\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("not shown"), std::string::npos);
  EXPECT_NE(text.find("in check(int)"), std::string::npos);
}

TEST(Text, the_source_of_an_important_read_is_shown) {
  Finding finding = lost_update();
  finding.trace[4].reads_from = 0;
  EXPECT_EQ(to_text(finding).find("not shown"), std::string::npos);
}

TEST(Text, colour_changes_nothing_but_colour) {
  TextOptions options;
  options.colour = true;
  std::string coloured = to_text(lost_update(), options);
  EXPECT_NE(coloured.find("\033[1;31m"), std::string::npos);
  for (std::size_t at; (at = coloured.find('\033')) != std::string::npos;) {
    coloured.erase(at, coloured.find('m', at) - at + 1);
  }
  EXPECT_EQ(coloured, to_text(lost_update()));
}

TEST(Text, never_wider_than_the_page) {
  for (unsigned threads : {1u, 2u, 3u, 4u, 7u, 20u, 64u}) {
    Finding finding;
    finding.message = std::string(300, 'x') + " " + std::string(100, 'y');
    for (unsigned i = 0; i < threads; ++i) {
      const std::string name = "T" + std::to_string(i + 1);
      finding.participants.push_back({name, std::string(150, 'w'), {}});
      finding.trace.push_back(
          step(name, "compare_exchange(acq_rel)", "a_rather::long_name", "1 -> 2"));
      finding.trace.back().note = "reads the initial value, not the newer 1 of T1 at counter.cc:12";
      finding.trace.back().stack = {{"f", "/nowhere/a_rather_long_file_name.cc", 123456, 0, ""}};
    }
    for (unsigned columns : {60u, 80u, 100u, 200u}) {
      TextOptions options;
      options.columns = columns;
      EXPECT_LE(widest(to_text(finding, options)), columns) << threads;
    }
  }
}

TEST(Text, three_threads_on_a_narrow_page) {
  const std::string file = testing::TempDir() + "heddle_narrow.cc";
  std::ofstream(file) << "int hits = 0;\nhits = hits + 1;\n";
  const auto at = [&](TraceStep one, std::uint32_t line) {
    one.stack = {{"f()", file, line, 0, ""}};
    return one;
  };
  Finding finding;
  finding.trace = {at(step("main", "create T1", "", ""), 1),
                   step("T1", "start", "", "", false),
                   at(step("T1", "read", "hits", "0"), 2),
                   at(step("T2", "fetch_add(seq_cst)", "total", "0 -> 1"), 2),
                   at(step("T1", "write", "new Node (heddle_narrow.cc:1).key", "1"), 2),
                   step("T1", "end", "", "", false)};
  TextOptions options;
  options.columns = 80;
  EXPECT_EQ(to_text(finding, options),
            "assertion\n"
            "   execution (6 steps, in an order with few switches; lines of\n"
            "             heddle_narrow.cc):\n"
            "       main                     T1                       T2\n"
            "       -----------------------  -----------------------  -----------------------\n"
            "    1  create T1\n"
            "       1: int hits = 0;\n"
            "    3                           read hits = 0\n"
            "                                2: hits = hits + 1;\n"
            "    4                                                    fetch_add(seq_cst)\n"
            "                                                           total: 0 -> 1\n"
            "                                                         2: hits = hits + 1;\n"
            "    5                           write new Node (line\n"
            "                                  1).key = 1\n"
            "   what went wrong: The program fails its check in this order of steps.\n"
            "   what would fix it: Order the steps shown so that this execution is\n"
            "     impossible: a lock around what belongs together, or a wait for what must\n"
            "     come first.\n");
  options.full = true;
  EXPECT_NE(to_text(finding, options).find("    2                           start\n"),
            std::string::npos);
  std::remove(file.c_str());
}

TEST(Text, too_many_threads_become_one_column) {
  Finding finding;
  for (int i = 1; i <= 20; ++i) {
    finding.trace.push_back(step("T" + std::to_string(i), "store(relaxed)", "x", "1"));
  }
  EXPECT_NE(to_text(finding).find("   20  T20: store(relaxed) x = 1\n"), std::string::npos);
}

TEST(Text, source_lines_where_the_file_can_be_read) {
  const std::string file = testing::TempDir() + "heddle_text_test.cc";
  std::ofstream(file) << "int x;\n\tx.store(1);  \nlast";
  Finding finding;
  finding.trace = {step("main", "store(relaxed)", "x", "1")};
  finding.trace[0].stack = {
      {"std::atomic<int>::store(int)", "/usr/include/c++/12/atomic", 1, 0, ""},
      {"f()", file, 2, 0, ""}};
  finding.participants = {{"main", "writes x", finding.trace[0].stack}};
  const std::string text = to_text(finding);
  EXPECT_NE(text.find("       2: x.store(1);\n"), std::string::npos) << text;
  EXPECT_NE(text.find("      heddle_text_test.cc:2  in f\n        x.store(1);\n"),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("atomic:1"), std::string::npos);
  TextOptions full;
  full.full = true;
  EXPECT_NE(to_text(finding, full).find("atomic:1  in std::atomic<int>::store(int)"),
            std::string::npos);
  std::remove(file.c_str());
}

TEST(Text, a_repeated_place_is_shown_once) {
  Finding finding;
  const std::vector<Frame> stack{{"f", "x.cc", 5, 0, ""}};
  finding.trace = {step("main", "load(relaxed)", "x", "1"),
                   step("main", "store(relaxed)", "x", "2")};
  finding.trace[0].stack = finding.trace[1].stack = stack;
  const std::string text = to_text(finding);
  EXPECT_EQ(text.find("x.cc:5"), text.rfind("x.cc:5")) << text;
}

TEST(Layout, wrapping) {
  using report::wrapped;
  EXPECT_EQ(wrapped("one two three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrapped("one two three", 8, 2), (std::vector<std::string>{"one two", "  three"}));
  EXPECT_EQ(wrapped("abcdefgh", 4), (std::vector<std::string>{"abcd", "efgh"}));
  EXPECT_EQ(wrapped("a\nb", 10), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(wrapped("", 10), (std::vector<std::string>{""}));
  EXPECT_EQ(wrapped("\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f\xc3\xa4", 4),
            (std::vector<std::string>{"\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f", "\xc3\xa4"}));
}

TEST(Layout, shortening) {
  EXPECT_EQ(report::shortened("abcdefgh", 8), "abcdefgh");
  EXPECT_EQ(report::shortened("abcdefghi", 8), "abcde...");
  EXPECT_EQ(report::shortened("abcdefghi", 2), "ab");
}

}  // namespace
}  // namespace heddle
