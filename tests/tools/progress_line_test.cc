// SPDX-License-Identifier: Apache-2.0
// Progress as processes write it, and as people read it.
#include "tools/progress_line.h"

#include <gtest/gtest.h>

namespace heddle::tools {
namespace {

TEST(ProgressLine, OfTheGalleryHasFourNumbers) {
  const Progress progress = parse_progress("1200 3 1 0.5");
  EXPECT_EQ(progress.executions, 1200u);
  EXPECT_EQ(progress.blocked, 3u);
  EXPECT_EQ(progress.findings, 1u);
  EXPECT_EQ(progress_text(progress), "exhaustive: 1200 executions, 2400/s, 1 finding, 0 s");
}

TEST(ProgressLine, TellsTheEstimate) {
  const Progress progress = parse_progress("1200 0 0 2 0 exhaustive 100 4000 500 0.1");
  EXPECT_EQ(progress_text(progress),
            "exhaustive: 1200 executions of about 4000 (3020 to 4980), 600/s, no findings, 2 s");
}

TEST(ProgressLine, TellsThatTheEstimateIsWorthless) {
  const Progress progress = parse_progress("1200 0 2 2 0 exhaustive 100 4000 500 0.9");
  EXPECT_EQ(progress_text(progress),
            "exhaustive: 1200 executions of an unknown number, 600/s, 2 findings, 2 s");
}

TEST(ProgressLine, NamesTheSearch) {
  EXPECT_EQ(progress_text(parse_progress("5 0 0 1 70 cycles 0 0 0 0")),
            "cycles: 70 states, 70/s, no findings, 1 s");
  for (const char* name : {"random", "pct", "pos", "surw", "preemptions", "delays", "portfolio"}) {
    const Progress progress = parse_progress(std::string("5 0 0 1 0 ") + name);
    EXPECT_EQ(progress_text(progress).substr(0, std::string(name).size() + 1),
              std::string(name) + ":");
  }
}

TEST(ProgressLine, WhatCannotBeReadIsNothing) {
  EXPECT_EQ(parse_progress("").executions, 0u);
  EXPECT_EQ(parse_progress("1 2 x 3").executions, 0u);
  EXPECT_EQ(parse_progress("1 2 3 4 5 nothing").search, SearchKind::kExhaustive);
}

}  // namespace
}  // namespace heddle::tools
