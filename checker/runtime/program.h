// SPDX-License-Identifier: Apache-2.0
// A whole program as the body: what is run for one execution of main, from its constructors to its
// exit.
//
// `heddle run` starts a program with HEDDLE_RUN in its environment. The door __libc_start_main then
// keeps libc from running the executable's constructors and main; it notes them here and calls the
// registered runner instead, which explores run_program(): constructors, main and exit are part of
// each execution, so that what a constructor allocates is the model's and is restored like all
// else. (Constructors of shared libraries have run before.)
//
// The end of the process. exit(), from whichever thread, and the return of main run the handlers of
// the execution and park their thread for good: nothing of it happens after. Other threads go on,
// because every step that they can take without that thread they can also take before the process
// is gone; only, when they wait then, it is no deadlock, and nobody has to join them. The first of
// several exits wins, as a lock: the others wait.
//
// Invariants: g_program is filled before the first exploration and not changed while one runs.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "checker/runtime/modules.h"

namespace heddle::runtime {

using MainFunction = int(int count, char** arguments, char** environment);

/// Called around each run, outside the model. `recorded`: the run is made for a report.
struct RunHooks {
  void (*begin)(bool recorded) = nullptr;
  void (*end)(bool recorded) = nullptr;
  /// Within a run, before and after Heddle may open files of its own that stay open.
  void (*own_files)(bool begins) = nullptr;
};

struct Program {
  bool is_explored = false;  ///< The body is run_program().
  bool fail_on_exit_status = false;
  bool is_debugged = false;  ///< heddle_debug_stop() is called at findings: debug_stop.h.
  MainFunction* main = nullptr;
  MainFunction* init = nullptr;  ///< Of programs linked against an old glibc.
  int count = 0;
  char** arguments = nullptr;    ///< In `strings`.
  char** environment = nullptr;  ///< Likewise.
  AddressRange strings;        ///< Pages restored like globals: a program may change its arguments.
  std::size_t stack_size = 0;  ///< Of each model thread; 0: the usual.
  RunHooks hooks;
  bool forks = false;  ///< Each execution runs in a process of its own, forked for it.
  int process_id = 0;  ///< What getpid() returns then, in all of them.
  volatile bool stop_asked = false;  ///< By a signal: no further events, the exploration ends.
  std::string output;                ///< What the last recorded run wrote.
};

extern Program& g_program;
inline Program& program() { return g_program; }

/// Copies arguments and environment to pages of their own. False if there is no memory.
bool keep_strings(Program& program, const std::vector<std::string>& arguments,
                  const std::vector<std::string>& environment);

/// One execution of the program; does not return. On a model thread, in the model.
[[noreturn]] void run_program();

/// The executable's finalizers (attribute destructor), newest first. In the model.
void run_finalizers();

/// Who explores the program when it is started for that; returns the process's exit status.
using ProgramRunner = int (*)(const char* request);
void register_program_runner(ProgramRunner runner);
ProgramRunner program_runner();

}  // namespace heddle::runtime
