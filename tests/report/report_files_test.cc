// SPDX-License-Identifier: Apache-2.0
// Report files: what each form writes for the same entries (golden/; written anew if
// HEDDLE_UPDATE_GOLDEN is set), names and places of files, findings of one cause taken together.
// golden_test.py asks other programs whether they accept what is in golden/.
#include "heddle/report_files.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "checker/report/grouped.h"
#include "checker/report/sarif_rules.h"
#include "checker/report/source_root.h"
#include "heddle/output_file.h"

namespace heddle {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRoot = "/src/my project";

Frame at(const std::string& function, std::uint32_t line,
         const std::string& file = "/src/my project/mail box.cc") {
  return {function, file, line, 0x401000 + line, "/src/my project/build/mailbox"};
}

TraceStep step(const std::string& thread, const std::string& what, const std::string& object,
               const std::string& value, std::uint32_t line) {
  TraceStep made;
  made.thread = thread;
  made.what = what;
  made.object = object;
  made.value = value;
  made.important = true;
  if (line != 0) {
    made.stack = {at("deliver()", line)};
  }
  return made;
}

/// A flag that is published by a relaxed store; one library frame, one file outside of the root.
Finding race() {
  Finding finding;
  finding.kind = FindingKind::kDataRace;
  finding.message =
      "T1 writes letter (mail box.cc:9) while main reads it: <nothing> & \"no\" order";
  finding.participants = {
      {"T1",
       "writes 4 bytes at letter",
       {at("std::atomic<int>::store(int)", 400, "/usr/include/c++/12/atomic"), at("deliver()", 9)}},
      {"main", "reads 4 bytes at letter", {at("main", 14)}}};
  finding.trace = {
      step("main", "create T1", "", "", 12),          step("T1", "start", "", "", 0),
      step("T1", "write", "letter", "42", 9),         step("T1", "store(relaxed)", "full", "1", 10),
      step("main", "load(acquire)", "full", "1", 13), step("main", "read", "letter", "42", 14)};
  finding.trace[1].important = false;
  finding.trace[1].happens_after = {0};
  finding.trace[2].note = "race";
  finding.trace[4].reads_from = 3;
  finding.trace[5].note = "race";
  finding.outcome = {{"letter", "42"}};
  finding.token = "h1:race";
  return finding;
}

Finding deadlock() {
  Finding finding;
  finding.kind = FindingKind::kDeadlock;
  finding.cause = DeadlockCause::kCycle;
  finding.message = "T1 waits for mutex b, T2 for mutex a";
  finding.participants = {{"T1", "waits for b, held by T2", {at("first()", 20, "relative/a.cc")}},
                          {"T2", "waits for a, held by T1", {at("second()", 30, "/else/b.cc")}}};
  finding.trace = {step("T1", "lock mutex", "a", "", 19), step("T2", "lock mutex", "b", "", 29),
                   step("T1", "lock mutex", "b", "", 20), step("T2", "lock mutex", "a", "", 30)};
  finding.trace[2].note = "blocks here";
  finding.trace[2].reads_from = 1;
  finding.trace[3].note = "blocks here";
  finding.trace[3].overwrites = 0;
  finding.token = "h1:deadlock";
  return finding;
}

Report bug(std::vector<Finding> findings) {
  Report report;
  report.verdict = Verdict::kBug;
  report.model = "rc11";
  report.executions = 3;
  report.blocked = 1;
  report.events = 30;
  report.seconds = 0.25;
  report.findings = std::move(findings);
  report.assumptions = {"freed memory is not reused"};
  return report;
}

/// Of a module without debug information: its symbol table has the first one only.
std::vector<Frame> stripped() {
  const std::string module = "/src/my project/build/plug-in.so";
  return {{"worker(int)", "", 0, 0x7f0000001136, module, 0x1136},
          {"", "", 0, 0x7f0000001200, module, 0x1200}};
}

/// Bytes that are not UTF-8, and characters that XML does not have.
std::vector<ReportEntry> entries() {
  Finding again = race();
  again.participants[0].thread = "T2";
  Finding odd;
  odd.kind = FindingKind::kAssertion;
  odd.message = "name \xff\xfe is not \x1b[31mred\x1b[0m \xf0\x9f\x90\x9b";
  odd.output = "caf\xe9\n\x01 two\n";
  odd.token = "h1:odd";
  odd.participants = {{"T1", "fails", stripped()}};
  odd.trace = {step("T1", "store(relaxed)", "plug-in.so+0x4028", "1", 0)};
  odd.trace[0].stack = stripped();
  std::vector<ReportEntry> entries(5);
  entries[0] = {
      "Mailbox", "Delivers/0", bug({race(), again, odd}), {"./mailbox --replay=h1:race"}, {},
      false,     false};
  entries[1] = {"Mailbox", "Fixed", {}, {}, {}, false, false};
  entries[1].report.model = "rc11";
  entries[1].report.executions = 2;
  entries[1].report.complete = true;
  entries[1].report.bounds = {"1 failed round of a retry loop"};
  entries[1].report.verdict = Verdict::kBounded;
  entries[2] = {"Mailbox", "TooLarge", {}, {}, {}, false, false};
  entries[2].report.verdict = Verdict::kIncomplete;
  entries[2].report.model = "sc";
  entries[2].report.executions = 1000;
  entries[2].report.warnings = {"only one thread seen"};
  entries[3] = {"locks/opposite_order", "buggy", bug({deadlock()}), {}, {}, true, true};
  Finding starvation;
  starvation.kind = FindingKind::kStarvation;
  starvation.message = "T1 never gets the lock";
  starvation.trace = {step("T1", "load(acquire)", "lock", "1", 40),
                      step("T2", "store(release)", "lock", "0", 50),
                      step("T2", "exchange(acquire)", "lock", "0 -> 1", 51)};
  starvation.trace[2].reads_from = 1;
  starvation.trace[2].overwrites = 1;
  starvation.cycle_from = 1;
  starvation.decision.kind = "schedule";
  starvation.decision.step = 2;
  starvation.decision.message =
      "the loop ends if T1's exchange(acquire) of lock comes before T2's exchange(acquire) of lock "
      "(line 51): then T1 gets what it waits for.";
  starvation.decision.tried = 1;
  starvation.decision.passing = {starvation.trace[1],
                                 step("T1", "exchange(acquire)", "lock", "0 -> 1", 41)};
  starvation.decision.passing_step = 1;
  entries[4] = {"locks/unfair", "fixed", bug({starvation}), {}, {"declared ok, found bug"},
                true,           true};
  entries[4].report.search = "cycles";
  entries[4].report.states = 26;
  return entries;
}

std::string read(const fs::path& path) {
  std::ostringstream contents;
  contents << std::ifstream(path, std::ios::binary).rdbuf();
  return contents.str();
}

/// The source root of a test, whatever the environment says.
class ReportFilesTest : public testing::Test {
 protected:
  void SetUp() override { setenv("HEDDLE_SOURCE_ROOT", kRoot, 1); }
  void TearDown() override { unsetenv("HEDDLE_SOURCE_ROOT"); }
};

TEST_F(ReportFilesTest, write_what_is_golden) {
  for (const ReportForm form : {ReportForm::kText, ReportForm::kJson, ReportForm::kSarif,
                                ReportForm::kJunit, ReportForm::kDot}) {
    const std::string name(to_string(form));
    const fs::path golden = fs::path(HEDDLE_SOURCE_DIR) / "tests/report/golden" / (name + ".txt");
    const std::string written = render(form, entries());
    EXPECT_EQ(written, render(form, entries())) << name << " differs from one time to the next";
    if (std::getenv("HEDDLE_UPDATE_GOLDEN") != nullptr) {
      std::ofstream(golden, std::ios::binary) << written;
    }
    EXPECT_EQ(written, read(golden)) << name << ": HEDDLE_UPDATE_GOLDEN=1 writes golden/ anew";
  }
}

TEST_F(ReportFilesTest, of_one_entry_are_its_report) {
  const ReportEntry entry = entries()[3];
  EXPECT_EQ(render(ReportForm::kJson, {entry}), to_json(entry.report, 2) + "\n");
  EXPECT_EQ(render(ReportForm::kText, {entry}), to_text(entry.report));
}

TEST_F(ReportFilesTest, say_what_has_failed) {
  const std::vector<ReportEntry> all = entries();
  EXPECT_TRUE(has_failed(all[0]));
  EXPECT_FALSE(has_failed(all[1]));
  EXPECT_TRUE(has_failed(all[2])) << "incomplete";
  EXPECT_FALSE(has_failed(all[3])) << "expected";
  EXPECT_TRUE(has_failed(all[4])) << "complaint";
  ReportEntry entry = all[2];
  entry.accepts_incomplete = true;
  EXPECT_FALSE(has_failed(entry));
  entry.report.executions = 0;
  EXPECT_TRUE(has_failed(entry)) << "explored nothing";
  entry = {};
  EXPECT_TRUE(has_failed(entry)) << "explored nothing, and calls it ok";
  entry.report.executions = 1;
  entry.report.verdict = Verdict::kInternalError;
  EXPECT_TRUE(has_failed(entry));
}

TEST(ReportFile, is_read_from_text) {
  EXPECT_EQ(parse_report_file("sarif:a:b c.sarif"),
            (ReportFile{ReportForm::kSarif, "a:b c.sarif"}));
  const auto reason = [](std::string_view text) -> std::string {
    try {
      parse_report_file(text);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(reason("sarf:x"),
            "option \"report\": \"sarf:x\" is not FORM:FILE; did you mean \"sarif\"?");
  EXPECT_EQ(reason("sarif:"),
            "option \"report\": \"sarif:\" names no file; write report=sarif:FILE");
  EXPECT_EQ(reason("junit"), "option \"report\": \"junit\" names no file; write report=junit:FILE");
  EXPECT_NE(reason("").find("the forms are text, json, html, sarif, junit, dot"),
            std::string::npos);
}

TEST(ReportFile, in_a_folder_is_named_after_its_subject) {
  EXPECT_EQ(path_of({ReportForm::kSarif, "out.x"}, "A.B/0"), "out.x");
  EXPECT_EQ(path_of({ReportForm::kSarif, "out/"}, "A.B/0"), "out/A.B_0.sarif");
  EXPECT_EQ(path_of({ReportForm::kJunit, "/o o/"}, "../a b\xc3\xa4"), "/o o/.._a_b\xc3\xa4.xml");
  EXPECT_EQ(path_of({ReportForm::kDot, "out/"}, ""), "out/report.dot");
}

TEST(ReportFile, makes_its_folder) {
  const fs::path folder = fs::path(testing::TempDir()) / "heddle report files";
  fs::remove_all(folder);
  const ReportFile wanted{ReportForm::kText, (folder / "deep" / "").string()};
  write_report_file(wanted, "A.B", {entries()[1]});
  EXPECT_EQ(read(folder / "deep" / "A.B.txt"), render(ReportForm::kText, {entries()[1]}));
  EXPECT_THROW(write_report_file({ReportForm::kText, (folder / "none" / "x").string()}, "", {}),
               OutputError);
  fs::remove_all(folder);
}

TEST(Grouped, takes_thousands_of_findings_together) {
  Report report = bug({});
  for (int i = 0; i < 6000; ++i) {
    Finding finding = i % 3 == 0 ? race() : i % 3 == 1 ? deadlock() : Finding{};
    finding.message += std::to_string(i);
    finding.trace.resize(std::min<std::size_t>(finding.trace.size(), 3));
    if (i % 3 == 2) {
      finding.kind = FindingKind::kCrash;
      finding.trace = {step("T1", "read", "p", std::to_string(i), 70)};
    }
    report.findings.push_back(finding);
  }
  const std::vector<report::FindingGroup> groups = report::grouped(report.findings);
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[0].first, 0u);
  EXPECT_EQ(groups[2].first, 2u);
  EXPECT_EQ(groups[1].count, 2000u);
  ReportEntry entry;
  entry.name = "many";
  entry.report = report;
  for (const ReportForm form :
       {ReportForm::kText, ReportForm::kSarif, ReportForm::kJunit, ReportForm::kDot}) {
    EXPECT_LT(render(form, {entry}).size(), 60'000u) << to_string(form);
  }
}

TEST(Grouped, tells_causes_apart) {
  Finding other = race();
  other.participants[1].stack = {at("main", 15)};
  EXPECT_NE(report::cause_key(race()), report::cause_key(other));
  EXPECT_EQ(report::fingerprint(race()), report::fingerprint(other)) << "a line does not matter";
  other.participants[0].what = "writes 4 bytes at stamp";
  EXPECT_NE(report::fingerprint(race()), report::fingerprint(other));
  EXPECT_NE(report::fingerprint(race()), report::fingerprint(deadlock()));
  Finding bare;
  Finding same;
  bare.message = "a thread of library 7 runs";
  same.message = "a thread of library 12 runs";
  EXPECT_EQ(report::cause_key(bare), report::cause_key(same));
  same.message = "a thread of another library runs";
  EXPECT_NE(report::cause_key(bare), report::cause_key(same)) << "without a place, the words count";
  Finding swapped = race();
  std::swap(swapped.participants[0], swapped.participants[1]);
  EXPECT_EQ(report::cause_key(race()), report::cause_key(swapped));
}

TEST(Sarif, has_a_rule_for_each_kind) {
  for (std::size_t i = 0; i < report::rules().size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(report::rules()[i].kind), i);
    EXPECT_FALSE(report::rules()[i].help.empty());
  }
  EXPECT_EQ(report::rules().size(), static_cast<std::size_t>(FindingKind::kNoVisibleOperation) + 1);
}

TEST(SourceRoot, makes_paths_relative_and_uris_of_them) {
  EXPECT_EQ(report::relative_to("/a/b/", "/a/b/c/../d.cc"), "d.cc");
  EXPECT_EQ(report::relative_to("/a/b", "/a/bc/d.cc"), "/a/bc/d.cc");
  EXPECT_EQ(report::relative_to("/", "/a.cc"), "/a.cc");
  EXPECT_EQ(report::uri_of("a b/\xc3\xa4#1%.cc"), "a%20b/%C3%A4%231%25.cc");
  EXPECT_EQ(report::uri_of("/a/\xff"), "file:///a/%FF");
}

}  // namespace
}  // namespace heddle
