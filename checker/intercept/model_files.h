// SPDX-License-Identifier: Apache-2.0
// Files that only the model knows: see files.cc.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace heddle::intercept {

/// Whether `file` was given by open() for such a file.
bool is_model_file(int file);
/// As the functions of libc, for such descriptors.
ssize_t read_file(int file, void* to, std::size_t size, std::uintptr_t site);
ssize_t write_file(int file, const void* from, std::size_t size, std::uintptr_t site);
int close_file(int file, std::uintptr_t site);

}  // namespace heddle::intercept
