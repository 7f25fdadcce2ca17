// SPDX-License-Identifier: Apache-2.0
// Feeds the lock operations of a recorded run to detect/lock_order.
#include "checker/explore_lock_order.h"

#include "checker/detect/lock_order.h"
#include "checker/graph/sync_state.h"

namespace heddle {
namespace {

using graph::SyncOp;
using runtime::RecordedStep;

bool is_shared(SyncOp op) {
  return op == SyncOp::kReadLock || op == SyncOp::kTryReadLock || op == SyncOp::kTimedReadLock;
}

bool is_try(SyncOp op) {
  return op == SyncOp::kMutexTryLock || op == SyncOp::kTryReadLock || op == SyncOp::kTryWriteLock ||
         graph::is_timed(op);
}

bool is_release(SyncOp op) { return op == SyncOp::kMutexUnlock || op == SyncOp::kRwUnlock; }

bool is_lock(SyncOp op) {
  const graph::SyncKind kind = graph::sync_kind(op);
  const bool lockable = kind == graph::SyncKind::kMutex || kind == graph::SyncKind::kReadWriteLock;
  return lockable && op != SyncOp::kMutexDestroy && op != SyncOp::kRwDestroy;
}

void feed(detect::LockHistory& history, const RecordedStep& recorded,
          const graph::ExecutionGraph& graph) {
  const report::RawStep& step = recorded.step;
  switch (step.kind) {
    case report::StepKind::kThreadCreate:
      history.created(step.thread, step.other);
      return;
    case report::StepKind::kThreadJoin:
      history.joined(step.thread, step.other);
      return;
    default:
      break;
  }
  if (step.kind != report::StepKind::kSync || !is_lock(step.sync) || !recorded.event.is_event() ||
      graph.event(recorded.event).result != 0 || graph.event(recorded.event).blocked) {
    return;
  }
  if (is_release(step.sync)) {
    history.released(step.thread, step.address);
  } else {
    history.acquired(step.thread, step.address, is_shared(step.sync),
                     step.pcs.empty() ? 0 : step.pcs.front(), !is_try(step.sync));
  }
}

}  // namespace

std::vector<std::string> lock_order_of(const std::vector<RecordedStep>& steps,
                                       const graph::ExecutionGraph& graph,
                                       const runtime::Engine& engine,
                                       const NameObject& name_object) {
  detect::LockHistory history;
  for (const RecordedStep& recorded : steps) {
    if (!recorded.step.blocked) {
      feed(history, recorded, graph);
    }
  }
  std::vector<std::string> texts;
  for (const detect::LockOrderWarning& warning : detect::lock_order_warnings(
           history.acquisitions(), name_object,
           [&engine](base::ThreadId thread) { return engine.thread_name(thread); })) {
    texts.push_back(warning.text);
  }
  return texts;
}

}  // namespace heddle
