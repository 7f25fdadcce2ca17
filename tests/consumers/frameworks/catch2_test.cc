// SPDX-License-Identifier: Apache-2.0
// An exploration in a test of Catch2.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#endif

#include "mailbox.h"

TEST_CASE("the letter arrives") {
  const heddle::Report report = heddle::explore([] { mailbox(std::memory_order_release); });
  INFO(heddle::to_text(report));
  CHECK(report.verdict == heddle::Verdict::kOk);
}

TEST_CASE("a relaxed flag loses it") {
  const heddle::Report report = heddle::explore([] { mailbox(std::memory_order_relaxed); });
  INFO(heddle::to_text(report));
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings[0].message == "the letter is lost");
}
