// SPDX-License-Identifier: Apache-2.0
// Runs small shell programs.
#include "tools/subprocess.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <string>
#include <vector>

#include "tools/errors.h"

namespace heddle::tools {
namespace {

Command shell(const std::string& script) {
  Command command;
  command.arguments = {"sh", "-c", script};
  return command;
}

TEST(Subprocess, CollectsOutputErrorsResultAndExitCode) {
  const Ended ended = run(shell("echo out; echo err >&2; echo result >&4; exit 7"));
  EXPECT_EQ(ended.output, "out\n");
  EXPECT_EQ(ended.errors, "err\n");
  EXPECT_EQ(ended.result, "result\n");
  EXPECT_EQ(ended.exit_code, 7);
  EXPECT_EQ(ended.signal, 0);
  EXPECT_FALSE(ended.timed_out);
  EXPECT_EQ(describe(ended), "exit code 7");
}

TEST(Subprocess, SeesTheSignal) {
  const Ended ended = run(shell("kill -SEGV $$"));
  EXPECT_EQ(ended.signal, SIGSEGV);
  EXPECT_EQ(describe(ended), "signal 11 (Segmentation fault)");
}

TEST(Subprocess, KillsAtTheDeadline) {
  Command command = shell("echo started; exec sleep 60");
  Ended ended;
  // On a busy machine the shell may not have come to its first line yet.
  for (int deadline = 300; ended.output.empty() && deadline < 20000; deadline *= 2) {
    command.deadline = std::chrono::milliseconds(deadline);
    ended = run(command);
  }
  EXPECT_TRUE(ended.timed_out);
  EXPECT_EQ(ended.signal, SIGKILL);
  EXPECT_EQ(ended.output, "started\n");
  EXPECT_LT(ended.seconds, 30);
}

TEST(Subprocess, KillsAChildThatClosedItsPipes) {
  Command command = shell("exec >&- 2>&- 4>&-; exec sleep 60");
  command.deadline = std::chrono::milliseconds(300);
  const Ended ended = run(command);
  EXPECT_TRUE(ended.timed_out);
  EXPECT_LT(ended.seconds, 30);
}

TEST(Subprocess, ForwardsWholeLinesOfProgress) {
  std::vector<std::string> lines;
  Command command = shell("printf '1 2' >&3; printf ' 3\\n4\\nrest' >&3");
  command.on_progress = [&](std::string_view line) { lines.emplace_back(line); };
  run(command);
  EXPECT_EQ(lines, (std::vector<std::string>{"1 2 3", "4"}));
}

TEST(Subprocess, AddsAndReplacesEnvironment) {
  ::setenv("HEDDLE_TEST_OLD", "old", 1);
  Command command = shell("echo $HEDDLE_TEST_OLD $HEDDLE_TEST_NEW");
  command.environment = {{"HEDDLE_TEST_OLD", "replaced"}, {"HEDDLE_TEST_NEW", "new"}};
  EXPECT_EQ(run(command).output, "replaced new\n");
  command.environment.clear();
  EXPECT_EQ(run(command).output, "old\n");
}

TEST(Subprocess, ReadsMoreThanAPipeHolds) {
  const Ended ended = run(shell("head -c 300000 /dev/zero >&4; head -c 3000000 /dev/zero"));
  EXPECT_EQ(ended.result.size(), 300000u);
  EXPECT_EQ(ended.output.size(), std::size_t{1} << 20);
  EXPECT_EQ(ended.exit_code, 0);
}

TEST(Subprocess, SaysHowAProgramOfOursFails) {
  EXPECT_EQ(output_of(shell("echo told")), "told\n");
  for (const auto& [script, how] :
       {std::pair{"echo told; echo why >&2; echo more >&2; exit 3", "exit code 3: why"},
        std::pair{"kill -9 $$", "signal 9 (Killed): "}}) {
    try {
      output_of(shell(script));
      ADD_FAILURE() << script << " is taken for a success";
    } catch (const InternalError& error) {
      const std::string said = error.what();
      EXPECT_TRUE(said.ends_with(std::string(script) + ": " + how)) << said;
    }
  }
}

TEST(Subprocess, SaysWhatCannotBeStarted) {
  Command command;
  command.arguments = {"/nonexistent/program"};
  try {
    run(command);
    FAIL() << "it started";
  } catch (const InternalError& error) {
    EXPECT_STREQ(error.what(), "cannot start /nonexistent/program: No such file or directory");
  }
}

}  // namespace
}  // namespace heddle::tools
