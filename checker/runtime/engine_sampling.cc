// SPDX-License-Identifier: Apache-2.0
// Spin loops where one execution stands for itself.
//
// The exhaustive search gives a thread up that spins: another execution has its reads take later
// writes. An execution that is drawn has nobody to leave that to. Here a thread whose iteration did
// nothing waits until what it read is no longer final; then it goes round once more, and reads the
// newest: writes become visible in finite time. A thread that spins at the end spins on final
// values, which is a finding. While a plan is followed nobody is given up, for the plan may come to
// the same reads in another order.
#include "checker/runtime/engine.h"

namespace heddle::runtime {

/// Whether something that the parked thread read in its last iteration has changed since: a write
/// that another one follows, other than of spinners that write back what they read.
bool Engine::spins_on_change(const ModelThread& thread) const {
  const graph::ExecutionGraph& graph = search_->graph();
  for (std::uint32_t i = thread.spin_from; i < thread.cursor; ++i) {
    const graph::Event& event = graph.event({thread.id, i});
    if (event.kind != graph::EventKind::kRead) {
      continue;
    }
    for (base::EventId next = graph.mo_next(event.location, event.rf); next.is_event();
         next = graph.mo_next(event.location, next)) {
      const graph::Event& later = graph.event(next);
      if (!later.rmw_write || graph.read_of(next).value != later.value) {
        return true;
      }
    }
  }
  return false;
}

/// Lets those go round again for whom something has changed. True if there was one.
bool Engine::wake_spinners() {
  bool any = false;
  for (const auto& thread : threads_) {
    if (thread->state != ThreadState::kParked || thread->parked != Parked::kSpin ||
        thread->looked_at == changes_ || recording_) {
      continue;
    }
    thread->looked_at = changes_;
    if (spins_on_change(*thread)) {
      thread->newest_until = thread->cursor + (thread->cursor - thread->spin_from);
      thread->parked = Parked::kNo;
      thread->state = ThreadState::kAsks;
      thread->woken = true;
      any = true;
    }
  }
  return any;
}

/// A thread that was just woken is not compared: it asks for what it asked for when it was parked.
void Engine::recognise_in_sample(ModelThread& thread, graph::Operation& operation) {
  if (thread.woken) {
    thread.woken = false;
    return;
  }
  recognise_spin(thread, operation);
}

}  // namespace heddle::runtime
