// SPDX-License-Identifier: Apache-2.0
// The end of the process as one of its threads brings it about: see program.h.
#include "checker/base/mutant.h"
#include "checker/runtime/engine.h"
#include "checker/runtime/process_state.h"
#include "checker/runtime/program.h"

namespace heddle::runtime {
namespace {

/// The lock that exit takes and never gives back.
char g_exit_lock;

}  // namespace

bool Engine::is_exit_lock(const void* address) { return address == &g_exit_lock; }

void Engine::at_process_exit(void (*handler)(void*), void* argument, bool quick) {
  if (program().is_explored) {
    (quick ? quick_exit_handlers_ : exit_handlers_).emplace_back(handler, argument);
  }
}

/// Newest first; a handler may register more.
void Engine::run_exit_handlers(ExitHandlers& handlers) {
  while (!handlers.empty()) {
    heddle_modelling = false;
    const auto [handler, argument] = handlers.back();
    handlers.pop_back();
    heddle_modelling = true;
    handler(argument);
  }
}

void Engine::end_process(int status, ProcessEnd how, std::uintptr_t site) {
  ModelThread& thread = *running_;
  heddle_modelling = false;
  settle(thread);
  if (thread.id == 0) {
    note_uninstrumented(thread, reinterpret_cast<const void*>(program().main));
  }
  Request request;
  request.operation.kind = graph::OpKind::kSync;
  request.operation.order = graph::MemoryOrder::kAcqRel;
  request.operation.sync = graph::SyncOp::kMutexLock;
  request.address = &g_exit_lock;
  request.site = site;
  request.name = "exit";
  perform_once(request);
  heddle_modelling = true;
  if (how == ProcessEnd::kExit) {
    run_thread_storage_destructors(thread);
    run_exit_handlers(exit_handlers_);
    run_finalizers();
  } else if (how == ProcessEnd::kQuickExit) {
    run_exit_handlers(quick_exit_handlers_);
  }
  heddle_modelling = false;
  settle(thread);
  if (status != 0 && program().fail_on_exit_status) {
    last_site_ = site;
    stop(FindingKind::kAbort, "the program ended with exit status " + std::to_string(status & 255) +
                                  " (fail_on_exit_status is set)");
  }
  park(Parked::kExited);
}

}  // namespace heddle::runtime
