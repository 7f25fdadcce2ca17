// SPDX-License-Identifier: Apache-2.0
// Its race is seen only if this library is instrumented.
#include "counter.h"

void Counter::add() { ++value_; }
int Counter::value() const { return value_; }
