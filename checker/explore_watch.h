// SPDX-License-Identifier: Apache-2.0
// For tests only: hands out the graph of every execution that an exploration has judged, so that
// what native code did can be compared with what an oracle says, graph by graph.
//
// A C name, because libheddle.so exports no others of its inside. The watcher must have been built
// from the same sources as the library.
#pragma once

#include "checker/explore_judge.h"
#include "checker/graph/execution_graph.h"

namespace heddle {

/// Called after each execution, on the exploring thread and outside the model; globals of the
/// explored program are as the execution left them, and what the watcher writes there lasts.
using ExecutionWatcher = void(const graph::ExecutionGraph& graph, RunClass run_class,
                              void* argument);

/// Hands `graph` to the watcher, if there is one.
void show_execution(const graph::ExecutionGraph& graph, RunClass run_class);

/// From now on `watcher` is called with `argument`; null for nobody. Not during an exploration.
extern "C" void heddle_watch_executions(ExecutionWatcher* watcher, void* argument);

}  // namespace heddle
