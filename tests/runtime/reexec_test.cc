// SPDX-License-Identifier: Apache-2.0
// A program starts again without address randomisation, once, and only if it may.
#include "checker/runtime/reexec.h"

#include <gtest/gtest.h>
#include <sys/personality.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

namespace heddle::runtime {
namespace {

/// What the child below prints.
TEST(Reexec, DISABLED_SayWhereThingsAre) {
  const int local = 0;
  std::cout << "fixed=" << addresses_are_fixed() << " stack=" << &local
            << " guard=" << (std::getenv("HEDDLE_REEXECUTED") != nullptr)
            << " kept=" << (std::getenv("KEPT") != nullptr) << std::endl;
}

/// This executable's answer, started with randomisation on. Environment: `variables` and KEPT.
std::string ask(std::vector<const char*> variables) {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe(ends.data()), 0);
  const pid_t child = fork();
  if (child == 0) {
    personality(PER_LINUX);
    dup2(ends[1], STDOUT_FILENO);
    variables.insert(variables.begin(), "KEPT=1");
    variables.push_back(nullptr);
    const char* arguments[] = {"self", "--gtest_also_run_disabled_tests",
                               "--gtest_filter=Reexec.DISABLED_SayWhereThingsAre", nullptr};
    execve("/proc/self/exe", const_cast<char**>(arguments), const_cast<char**>(variables.data()));
    _exit(127);
  }
  close(ends[1]);
  std::string output;
  std::array<char, 512> buffer{};
  for (ssize_t count; (count = read(ends[0], buffer.data(), buffer.size())) > 0;) {
    output.append(buffer.data(), static_cast<std::size_t>(count));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  const std::size_t start = output.find("fixed=");
  return start == std::string::npos ? output
                                    : output.substr(start, output.find('\n', start) - start);
}

bool may_turn_it_off() {
  const int old = personality(0xffffffff);
  const bool allowed = personality(static_cast<unsigned long>(old) | ADDR_NO_RANDOMIZE) != -1;
  personality(static_cast<unsigned long>(old));
  return allowed;
}

TEST(Reexec, AddressesRepeatInEachStart) {
  if (!may_turn_it_off()) {
    GTEST_SKIP() << "the personality system call is refused here";
  }
  const std::string first = ask({});
  EXPECT_EQ(first, ask({}));
  EXPECT_NE(first.find("fixed=1"), std::string::npos) << first;
  EXPECT_NE(first.find("guard=0 kept=1"), std::string::npos) << first;
}

TEST(Reexec, TheEnvironmentCanForbidIt) {
  EXPECT_NE(ask({"HEDDLE_NO_REEXEC=1"}).find("fixed=0"), std::string::npos);
}

TEST(Reexec, ThereIsNoThirdStart) {
  const std::string answer = ask({"HEDDLE_REEXECUTED=1"});
  EXPECT_NE(answer.find("fixed=0"), std::string::npos) << answer;
  EXPECT_NE(answer.find("guard=0"), std::string::npos) << answer;
}

}  // namespace
}  // namespace heddle::runtime
