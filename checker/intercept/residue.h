// SPDX-License-Identifier: Apache-2.0
// What a door leaves below the caller's stack pointer.
//
// A loop that does nothing is recognised by equal registers and stack bytes (runtime/spin.h).
// Frames of unoptimised code have holes which nobody writes, and which show what earlier calls left
// there. The model's own calls leave numbers that grow with each event, so after them the door
// clears the part of the stack that they have used: what the program left there itself is the same
// each time.
#pragma once

/// Zeroes 768 bytes below the caller's frame: deeper than a plain access goes. About 10 ns.
extern "C" [[gnu::visibility("hidden")]] void heddle_clear_shallow();
/// Zeroes 1536 bytes: as deep as an operation goes.
extern "C" [[gnu::visibility("hidden")]] void heddle_clear_deep();
