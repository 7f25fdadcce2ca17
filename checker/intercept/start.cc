// SPDX-License-Identifier: Apache-2.0
// How a program starts. `heddle run` puts HEDDLE_RUN into the environment: then main is explored
// instead of run (runtime/program.h). Else the call is passed on.
#include <stdlib.h>
#include <string.h>

#include <string_view>

#include "checker/intercept/door.h"
#include "checker/intercept/real.h"
#include "checker/runtime/program.h"

namespace heddle::intercept {
namespace {

using runtime::MainFunction;
using Hook = void();

HEDDLE_REAL_AS(__libc_start_main,
               int(MainFunction*, int, char**, MainFunction*, Hook*, Hook*, void*));

constexpr std::string_view kVariable = "HEDDLE_RUN=";
const char* g_request = nullptr;

int explore_main(int, char**, char**) { return runtime::program_runner()(g_request); }

/// In place of the executable's constructors, which each execution runs itself.
int run_no_constructors(int, char**, char**) { return 0; }

const char* find_request(char** environment) {
  for (; *environment != nullptr; ++environment) {
    if (strncmp(*environment, kVariable.data(), kVariable.size()) == 0) {
      return *environment + kVariable.size();
    }
  }
  return nullptr;
}

}  // namespace
}  // namespace heddle::intercept

namespace {
using namespace heddle::intercept;
namespace runtime = heddle::runtime;
}  // namespace

HEDDLE_EXPORT(int, __libc_start_main, runtime::MainFunction* main, int count, char** arguments,
              runtime::MainFunction* init, void (*fini)(), void (*rtld_fini)(), void* stack_end) {
  // The environment lies behind the arguments where the kernel has put both.
  g_request = find_request(arguments + count + 1);
  if (g_request == nullptr || runtime::program_runner() == nullptr) {
    return real___libc_start_main(main, count, arguments, init, fini, rtld_fini, stack_end);
  }
  runtime::Program& program = runtime::program();
  program.main = main;
  program.count = count;
  program.arguments = arguments;
  program.init = init;
  return real___libc_start_main(&explore_main, count, arguments, &run_no_constructors, nullptr,
                                rtld_fini, stack_end);
}
