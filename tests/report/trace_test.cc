// SPDX-License-Identifier: Apache-2.0
// The words that steps get.
#include "checker/report/trace.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace heddle::report {
namespace {

const std::vector<std::string> kNames{"main", "T1", "T2"};

RawStep access(StepKind kind, std::uint64_t read, std::uint64_t written) {
  RawStep step;
  step.thread = 1;
  step.kind = kind;
  step.size = 4;
  step.object = "x";
  step.read = read;
  step.written = written;
  step.has_read = kind != StepKind::kStore && kind != StepKind::kPlainWrite;
  step.has_written = kind != StepKind::kLoad && kind != StepKind::kPlainRead;
  return step;
}

TraceStep written(const RawStep& step) {
  Symbolizer symbols;
  return make_trace(std::span(&step, 1), kNames, symbols).front();
}

TEST(Trace, accesses) {
  RawStep load = access(StepKind::kLoad, 7, 0);
  load.order = graph::MemoryOrder::kAcquire;
  EXPECT_EQ(written(load).what, "load(acquire)");
  EXPECT_EQ(written(load).thread, "T1");
  EXPECT_EQ(written(load).object, "x");
  EXPECT_EQ(written(load).value, "7");
  RawStep add = access(StepKind::kRmw, 1, 0xffffffff);
  add.rmw = graph::RmwOp::kSub;
  EXPECT_EQ(written(add).what, "fetch_sub(relaxed)");
  EXPECT_EQ(written(add).value, "1 -> -1");
  RawStep cas = access(StepKind::kCompareExchange, 1, 2);
  EXPECT_EQ(written(cas).what, "compare_exchange(relaxed)");
  cas.has_written = false;
  EXPECT_EQ(written(cas).what, "failed compare_exchange(relaxed)");
  EXPECT_EQ(written(cas).value, "1");
  RawStep range = access(StepKind::kPlainWrite, 0, 0);
  range.has_written = false;
  range.range = 100;
  EXPECT_EQ(written(range).what, "write 100 bytes of");
  EXPECT_EQ(written(range).value, "");
}

TEST(Trace, threads_and_objects) {
  RawStep step;
  step.kind = StepKind::kThreadCreate;
  step.other = 2;
  EXPECT_EQ(written(step).what, "create T2");
  step.kind = StepKind::kThreadJoin;
  EXPECT_EQ(written(step).what, "join T2");
  step.kind = StepKind::kSync;
  step.sync = graph::SyncOp::kMutexLock;
  step.address = 0x10;
  step.blocked = true;
  EXPECT_EQ(written(step).what, "lock mutex");
  EXPECT_EQ(written(step).object, "0x10");
  EXPECT_EQ(written(step).note, "blocks here");
  EXPECT_TRUE(written(step).important);
  step.name = "lock";
  EXPECT_EQ(written(step).what, "lock");
}

TEST(Trace, a_stale_read_names_both_writes) {
  RawStep store = access(StepKind::kStore, 0, 1);
  RawStep load = access(StepKind::kLoad, 0, 0);
  load.thread = 2;
  load.stale = true;
  load.newer = 1;
  load.newer_step = 0;
  load.racing = true;
  load.note = "see there";
  const std::array steps{store, load};
  Symbolizer symbols;
  EXPECT_EQ(make_trace(steps, kNames, symbols)[1].note,
            "reads the initial value, not the newer 1 of T1; race; see there");
  load.reads_from = 0;
  const std::array again{store, load};
  EXPECT_EQ(make_trace(again, kNames, symbols)[1].note,
            "reads 0 of T1, not the newer 1 of T1; race; see there");
}

TEST(Trace, reordering_renumbers) {
  std::vector<RawStep> steps(3);
  steps[0].reads_from = 2;
  steps[1].newer_step = 0;
  steps[2].thread = 2;
  const auto moved = reorder(steps, std::array<std::uint32_t, 3>{2, 0, 1});
  EXPECT_EQ(moved[0].thread, 2u);
  EXPECT_EQ(moved[0].reads_from, -1);
  EXPECT_EQ(moved[1].reads_from, 0);
  EXPECT_EQ(moved[2].newer_step, 1);
}

TEST(Trace, thread_names) {
  EXPECT_EQ(thread_name("", 0), "main");
  EXPECT_EQ(thread_name("main", 2), "T2");
  EXPECT_EQ(thread_name("T2", 1), "T2.1");
  EXPECT_EQ(thread_name("T2.1", 3), "T2.1.3");
}

TEST(Trace, values) {
  EXPECT_EQ(format_value(0, 4), "0");
  EXPECT_EQ(format_value(0xdeadffffffff, 4), "-1");
  EXPECT_EQ(format_value(200, 1), "200");
  EXPECT_EQ(format_value(255, 1), "-1");
  EXPECT_EQ(format_value(0xfffffffffffffffe, 8), "-2");
  EXPECT_EQ(format_value(0x7f0012345678, 8), "0x7f0012345678");
  EXPECT_EQ(format_value(0x1000, 8, true), "0x1000");
  EXPECT_EQ(format_value(0, 8, true), "null");
  EXPECT_EQ(format_value(3000000000, 4), "3000000000");
}

TEST(Trace, every_sync_operation_has_its_own_name) {
  std::set<std::string_view> names;
  for (int i = 1; i <= static_cast<int>(graph::SyncOp::kInherit); ++i) {
    const auto op = static_cast<graph::SyncOp>(i);
    const bool is_note = op == graph::SyncOp::kReleaseNote || op == graph::SyncOp::kAcquireNote;
    const std::string_view name = sync_name(op);
    EXPECT_TRUE(is_note || (name != "synchronise" && names.insert(name).second)) << i;
  }
}

}  // namespace
}  // namespace heddle::report
