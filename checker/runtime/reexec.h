// SPDX-License-Identifier: Apache-2.0
// Turns address randomisation off for a program that is linked with Heddle, and has the dynamic
// linker bind all names at once.
//
// libstdc++ hashes addresses and thread handles, so equal schedules need equal addresses, within a
// process and when a token is replayed in another. A name that is bound at its first call runs the
// dynamic linker on a fiber's stack, once, and what that leaves there makes the first execution
// differ from others, byte for byte. A constructor of libheddle.so sets the
// ADDR_NO_RANDOMIZE personality and executes the program again, once, before main. Where that is
// refused (some containers), or the environment has HEDDLE_NO_REEXEC, the program goes on.
#pragma once

namespace heddle::runtime {

/// Executes the program again without address randomisation and with LD_BIND_NOW (which is taken
/// out of the environment then), unless it already runs so, it was
/// asked not to, it was refused, or it cannot be done safely (a set-user-id program, a program
/// started through the dynamic linker by name). Called by a constructor, before any thread exists.
/// Returns only if there is no need or no way.
void ensure_fixed_addresses(char** arguments, char** environment);

/// Whether this process runs without address randomisation: if not, warn once, and keep addresses
/// in tokens relative to their module.
bool addresses_are_fixed();

}  // namespace heddle::runtime
