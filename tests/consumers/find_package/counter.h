// SPDX-License-Identifier: Apache-2.0
// A counter that one thread may use.
#pragma once

class Counter {
 public:
  void add();
  int value() const;

 private:
  int value_ = 0;
};
