// SPDX-License-Identifier: Apache-2.0
// Standard input, output and error of an explored program. Every execution reads the same input;
// what one writes is dropped, unless the run is recorded for a report: then it is kept in
// runtime::Program::output.
#pragma once

#include <string>

namespace heddle {

/// Moves a descriptor out of the program's way: it gets a high number and is not inherited.
int keep_descriptor(int descriptor);

/// Takes descriptors 0 to 2 over. Input that cannot be read twice is read to its end now, if the
/// program refers to any function that reads it. Returns why it cannot be done, or nothing.
std::string take_standard_files();
/// Whether one of this process's runs so far ended with other descriptors in use than it began
/// with.
bool left_descriptors();

/// In a forked process: other open files than its parent's, whose offsets they would share.
void own_standard_files();

/// runtime::RunHooks.
void begin_program_run(bool recorded);
void end_program_run(bool recorded);
void note_own_files(bool begins);

}  // namespace heddle
