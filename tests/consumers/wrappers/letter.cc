// SPDX-License-Identifier: Apache-2.0
// The letter of mailbox.cc.
namespace {
int the_letter = 0;
}

int letter() { return the_letter; }
void write_letter() { the_letter = 42; }
