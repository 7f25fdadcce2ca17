// SPDX-License-Identifier: Apache-2.0
// Random programs as programs that compiled code can run.
#pragma once

#include <optional>

#include "tests/support/native_program.h"
#include "tests/support/random_program.h"

namespace heddle::test {

/// The same program for run_native(): its executions have the same events in each thread, in the
/// same order. Nothing if a statement is one that C++ and POSIX do not offer by itself (a futex
/// queue without its word, half of a condition wait, a promoted access), or threads are not
/// created as a compiled program would be sure to do.
std::optional<NativeProgram> native_form(const RandomProgram& program);

}  // namespace heddle::test
