// SPDX-License-Identifier: Apache-2.0
// The command as a process, with a gallery of shell scripts whose runners answer, crash, hang and
// lie as each test needs it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "heddle/report.h"
#include "tools/subprocess.h"

namespace heddle::tools {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Where the build puts programs: beside this test, unless the environment says otherwise.
fs::path bin_folder() {
  const char* asked = std::getenv("HEDDLE_BIN_DIR");
  return asked != nullptr ? fs::path(asked) : fs::read_symlink("/proc/self/exe").parent_path();
}

std::string contents(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

json variant_json(const std::string& name, bool bug) {
  return {{"name", name},
          {"verdict", bug ? "bug" : "ok"},
          {"kinds", bug ? json({"data_race"}) : json::array()},
          {"causes", json::array()},
          {"adds", ""},
          {"primitive", ""},
          {"sc_executions", 0},
          {"waits", "any"},
          {"bypasses", 0},
          {"deadline", 0},
          {"late", false},
          {"tsan", json::array()},
          {"tsan_certain", true}};
}

class CliTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              ("heddle_cli_" +
               std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
    fs::create_directory(folder_);
    const json list = {
        {"heddle", "0"},
        {"exhibits",
         {{{"class", "races"},
           {"name", "lost_update"},
           {"title", "A title"},
           {"story", "A story."},
           {"kind", "data race"},
           {"cwe", "366"},
           {"origin", ""},
           {"options", {{"search", "exhaustive"}}},
           {"threads", 2},
           {"tsan_reason", "Because."},
           {"file", "/nonexistent/bugs/races/lost_update.cc"},
           {"variants", {variant_json("buggy", true), variant_json("mutex", false)}}}}}};
    std::ofstream(folder_ / "list.json") << list;
    std::ofstream(folder_ / "ok.json") << to_json(ok_);
    std::ofstream(folder_ / "bug.json") << to_json(bug());
    set_explored("");
    set_script("heddle-gallery-tsan", "exit 0");
  }
  void TearDown() override { fs::remove_all(folder_); }

  static Report bug() {
    Report report;
    report.verdict = Verdict::kBug;
    Finding finding;
    finding.kind = FindingKind::kDataRace;
    finding.message = "two writes";
    finding.token = "h1:token";
    report.findings = {finding};
    report.executions = 1;
    return report;
  }

  void set_script(const std::string& name, const std::string& body) {
    std::ofstream(folder_ / name) << "#!/bin/sh\n" << body << "\n";
    fs::permissions(folder_ / name, fs::perms::owner_all);
  }

  /// The explored runner: `special` comes before the honest answers.
  void set_explored(const std::string& special) {
    set_script("heddle-gallery-explored",
               "here=$(dirname \"$0\")\n"
               "case \"$*\" in *--list*) cat \"$here/list.json\"; exit 0;; esac\n" +
                   special +
                   "\ncase \"$*\" in\n"
                   "*\"--variant buggy\"*) cat \"$here/bug.json\" >&4; exit 1;;\n"
                   "*) cat \"$here/ok.json\" >&4; exit 0;;\nesac");
  }

  Ended heddle(std::vector<std::string> arguments) const {
    Command command;
    arguments.insert(arguments.begin(), (bin_folder() / "heddle").string());
    command.arguments = std::move(arguments);
    command.environment = {{"HEDDLE_GALLERY_DIR", folder_.string()}};
    command.deadline = std::chrono::seconds(60);
    return run(command);
  }

  /// Expects exit code `code` and `line` alone on standard error.
  void expect_refusal(const std::vector<std::string>& arguments, int code,
                      const std::string& line) const {
    const Ended ended = heddle(arguments);
    EXPECT_EQ(ended.exit_code, code) << describe(ended);
    EXPECT_EQ(ended.errors, "heddle: " + line + "\n");
    EXPECT_EQ(ended.output, "");
  }

  Report ok_;
  fs::path folder_;
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(CliTest, RefusesBadInputInOneLine) {
  expect_refusal({}, 2, "a command is needed: gallery, run, replay, merge, report");
  expect_refusal({"galery"}, 2, "unknown command \"galery\"; did you mean \"gallery\"?");
  expect_refusal({"gallery", "rnu"}, 2, "unknown command \"rnu\"; did you mean \"run\"?");
  expect_refusal({"gallery", "run", "--modle", "sc"}, 2,
                 "unknown option \"--modle\"; did you mean \"--model\"?");
  expect_refusal({"gallery", "run", "lost_updat"}, 2,
                 "no exhibit \"lost_updat\"; did you mean \"lost_update\"?");
  expect_refusal({"gallery", "run", "--jobs", "0"}, 2,
                 "--jobs: \"0\" is not a whole number from 1 to 256");
  expect_refusal({"gallery", "run", "--seconds", "nan"}, 2,
                 "--seconds: \"nan\" is not a number of seconds above 0 and up to 1000000");
  expect_refusal({"gallery", "run", "--seconds", "-1"}, 2,
                 "--seconds: \"-1\" is not a number of seconds above 0 and up to 1000000");
}

TEST_F(CliTest, RefusesBadTokens) {
  expect_refusal({"replay", "x@y"}, 2, "malformed token: \"x\" is not CLASS/NAME/VARIANT");
  expect_refusal({"replay", "races/lost_update/buggy@"}, 2, "malformed token: it is empty");
  expect_refusal({"replay", "races/lost_update/bugy@h1:x"}, 2,
                 "no variant \"bugy\"; did you mean \"buggy\"?");
  set_explored(
      "echo 'heddle-gallery-explored: malformed token: its checksum is wrong' >&2; exit 2");
  expect_refusal({"replay", "races/lost_update/buggy@h1:x"}, 2,
                 "malformed token: its checksum is wrong");
}

TEST_F(CliTest, RefusesAnUnwritableFileBeforeExploring) {
  set_explored("touch \"$here/explored\"");
  expect_refusal({"gallery", "run", "--json", "/nonexistent/file"}, 2,
                 "cannot write /nonexistent/file: No such file or directory");
  EXPECT_FALSE(fs::exists(folder_ / "explored"));
}

TEST_F(CliTest, SaysWhereTheGalleryShouldBe) {
  fs::remove(folder_ / "heddle-gallery-tsan");
  expect_refusal(
      {"gallery", "list"}, 2,
      "cannot find heddle-gallery-tsan in " + folder_.string() + " (HEDDLE_GALLERY_DIR)");
}

TEST_F(CliTest, AnswersHelpAndVersion) {
  EXPECT_EQ(heddle({"--version"}).output, "heddle " HEDDLE_VERSION "\n");
  for (const std::vector<std::string>& command : {std::vector<std::string>{},
                                                  {"gallery"},
                                                  {"gallery", "list"},
                                                  {"gallery", "run"},
                                                  {"gallery", "show"},
                                                  {"gallery", "matrix"},
                                                  {"gallery", "tour"},
                                                  {"gallery", "cost"},
                                                  {"replay"}}) {
    std::vector<std::string> arguments = command;
    arguments.push_back("--help");
    const Ended ended = heddle(arguments);
    EXPECT_EQ(ended.exit_code, 0);
    EXPECT_TRUE(has(ended.output, "Usage: heddle")) << ended.output;
  }
}

TEST_F(CliTest, RunsEverythingAsDeclared) {
  const fs::path file = folder_ / "out.json";
  const Ended ended = heddle({"gallery", "run", "--json", file.string()});
  EXPECT_EQ(ended.exit_code, 0) << ended.output << ended.errors;
  EXPECT_TRUE(has(ended.output, "2 variants: 2 as declared, 0 not")) << ended.output;
  EXPECT_FALSE(has(ended.output, "\033")) << "no colour in a pipe";
  EXPECT_EQ(ended.errors, "") << "no progress line in a pipe";
  const json results = json::parse(contents(file));
  ASSERT_EQ(results.at("exhibits").size(), 2u);
  EXPECT_EQ(results["exhibits"][0]["tsan"]["runs"], 3);
}

TEST_F(CliTest, WritesAndChecksTheCatalogue) {
  const fs::path page = folder_ / "page.md";
  std::ofstream(page) << "<!-- catalogue: begin -->\n<!-- catalogue: end -->\n";
  const auto check = [&] {
    return heddle({"gallery", "run", "--no-tsan", "--check-catalogue", page.string()});
  };
  const Ended before = check();
  EXPECT_EQ(before.exit_code, 1);
  EXPECT_TRUE(has(before.output, "has no row for races/lost_update")) << before.output;
  EXPECT_EQ(heddle({"gallery", "run", "--no-tsan", "--catalogue", page.string()}).exit_code, 0);
  EXPECT_TRUE(has(contents(page), "| data_race (1) |")) << contents(page);
  EXPECT_EQ(check().exit_code, 0);
}

TEST_F(CliTest, RefusesACatalogueBeforeExploring) {
  set_explored("touch \"$here/explored\"");
  const std::string page = (folder_ / "page.md").string();
  expect_refusal({"gallery", "run", "--catalogue", page}, 2,
                 "cannot read " + page + ": No such file or directory");
  std::ofstream(page) << "no markers\n";
  expect_refusal({"gallery", "run", "--check-catalogue", page}, 2,
                 page +
                     " has no place for the catalogue: it needs the lines <!-- catalogue: begin "
                     "--> and <!-- catalogue: end -->");
  expect_refusal({"gallery", "run", "--catalogue", page, "--model", "sc"}, 2,
                 "the catalogue tells of whole searches under rc11: no --model, --executions or "
                 "--stop-at-first-bug with it");
  EXPECT_FALSE(fs::exists(folder_ / "explored"));
}

TEST_F(CliTest, WritesOnlyJsonToStandardOutput) {
  const Ended ended = heddle({"gallery", "matrix", "--json", "-"});
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_EQ(json::parse(ended.output).at("exhibits").size(), 2u);
  EXPECT_TRUE(has(ended.errors, "1 buggy variants: Heddle finds 1")) << ended.errors;
}

TEST_F(CliTest, ReportsWhatIsNotAsDeclared) {
  set_explored("case \"$*\" in *mutex*) cat \"$here/bug.json\" >&4; exit 1;; esac");
  const Ended ended = heddle({"gallery", "run", "--no-tsan"});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_TRUE(has(ended.output, "NOT AS DECLARED")) << ended.output;
  EXPECT_TRUE(has(ended.output, "! declared ok, found bug")) << ended.output;
}

TEST_F(CliTest, IsolatesACrash) {
  set_explored("case \"$*\" in *mutex*) kill -SEGV $$;; esac");
  const Ended ended = heddle({"gallery", "run", "--no-tsan"});
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_TRUE(has(ended.output, "the runner died: signal 11 (Segmentation fault)")) << ended.output;
  EXPECT_TRUE(has(ended.output, "2 variants: 1 as declared, 1 not")) << ended.output;
}

TEST_F(CliTest, DoesNotBelieveAReportThatContradictsTheExitCode) {
  set_explored("case \"$*\" in *mutex*) cat \"$here/ok.json\" >&4; exit 1;; esac");
  const Ended ended = heddle({"gallery", "run", "--no-tsan", "--variant", "mutex"});
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_TRUE(has(ended.output, "the runner reports ok, but ended with exit code 1"))
      << ended.output;
}

TEST_F(CliTest, NoticesABrokenReplay) {
  set_explored("case \"$*\" in *--replay=*) cat \"$here/ok.json\" >&4; exit 0;; esac");
  const Ended ended = heddle({"gallery", "run", "--no-tsan", "--variant", "buggy"});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_TRUE(has(ended.output, "! the replay of data_race gave ok")) << ended.output;
}

TEST_F(CliTest, CallsAStuckThreadSanitizerRunAHang) {
  set_script("heddle-gallery-tsan", "exec sleep 60");
  const Ended ended = heddle({"gallery", "matrix", "--tsan-runs", "2", "--tsan-timeout", "0.2"});
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_TRUE(has(ended.output, "0 show something, 1 only hang, 0 stay silent")) << ended.output;
}

TEST_F(CliTest, TriesThreadSanitizerAgainWithoutRandomAddresses) {
  // setarch -R sets bit 0x40000 of the personality.
  set_script("heddle-gallery-tsan",
             "[ $((0x$(cat /proc/self/personality) & 0x40000)) -ne 0 ] && exit 0\n"
             "echo 'FATAL: ThreadSanitizer: unexpected memory mapping 0x1-0x2' >&2; exit 66");
  const Ended ended = heddle({"gallery", "run", "--variant", "mutex"});
  EXPECT_TRUE(has(ended.output, " silent\n")) << ended.output;
  EXPECT_EQ(ended.exit_code, 0);
}

TEST_F(CliTest, SaysThatThreadSanitizerCouldNotRun) {
  for (const char* script :
       {"echo 'FATAL: ThreadSanitizer: unexpected memory mapping 0x1-0x2' >&2; exit 66",
        "echo 'setarch: failed to set personality: Operation not permitted' >&2; exit 1"}) {
    set_script("heddle-gallery-tsan", script);
    const Ended ended = heddle({"gallery", "run", "--variant", "mutex"});
    EXPECT_TRUE(has(ended.output, "could not run")) << ended.output;
    EXPECT_FALSE(has(ended.output, "silent")) << ended.output;
    const Ended buggy = heddle({"gallery", "matrix", "--variant", "buggy"});
    EXPECT_TRUE(has(buggy.output, "0 stay silent, 1 could not run\n")) << buggy.output;
  }
}

TEST_F(CliTest, ReplaysAWrappedToken) {
  set_explored("case \"$*\" in *--replay=h1:token*) ;; *) exit 2;; esac");
  const Ended ended = heddle({"replay", "races/lost_update/buggy@h1:token"});
  EXPECT_EQ(ended.exit_code, 1) << ended.errors;
  EXPECT_TRUE(has(ended.output, "two writes")) << ended.output;
  EXPECT_TRUE(has(ended.output, "races/lost_update/buggy@h1:token")) << ended.output;
  EXPECT_EQ(heddle({"replay", "h1:token", "--exhibit", "lost_update"}).exit_code, 1);
}

TEST_F(CliTest, ShowsAPage) {
  const Ended ended = heddle({"gallery", "show", "lost_update", "--no-tsan"});
  EXPECT_EQ(ended.exit_code, 0) << ended.errors;
  EXPECT_TRUE(has(ended.output, "A story.")) << ended.output;
  EXPECT_TRUE(has(ended.output, "heddle replay 'races/lost_update/buggy@h1:token'"));
  EXPECT_FALSE(has(ended.output, "replay: h1:token")) << "the bare token is of no use here";
}

TEST_F(CliTest, ColoursOnDemand) {
  EXPECT_TRUE(has(heddle({"gallery", "list", "--colour", "always"}).output, "\033["));
  EXPECT_FALSE(has(heddle({"gallery", "list", "--colour", "never"}).output, "\033["));
}

}  // namespace
}  // namespace heddle::tools
