// SPDX-License-Identifier: Apache-2.0
// Short names, and which frame a person wants to see.
#include "checker/report/frames.h"

#include <gtest/gtest.h>

namespace heddle::report {
namespace {

TEST(Frames, short_function) {
  EXPECT_EQ(short_function("main"), "main");
  EXPECT_EQ(short_function("Stack<int>::push(int const&)"), "Stack::push");
  EXPECT_EQ(short_function("bool std::operator==<int>(int, int)"), "std::operator==<int>");
  EXPECT_EQ(short_function("std::ostream& operator<< <char>(std::ostream&)"), "operator<< <char>");
  EXPECT_EQ(short_function("auto f()::{lambda(int)#2}::operator()(int) const"),
            "f::lambda::operator()");
  EXPECT_EQ(short_function("operators_table<int>(int)"), "operators_table");
  EXPECT_EQ(short_function("Clock::operator()(int) const"), "Clock::operator()");
  EXPECT_EQ(short_function("(anonymous namespace)::buggy()"), "buggy");
  EXPECT_EQ(short_function("buggy()::{lambda()#1}::operator()() const"),
            "buggy::lambda::operator()");
  EXPECT_EQ(short_function("buggy()::$_12::operator()() const"), "buggy::lambda::operator()");
  EXPECT_EQ(short_function("sum(int) [clone .constprop.0]"), "sum");
  EXPECT_EQ(short_function("int sum<long>(long)"), "sum");
  EXPECT_EQ(short_function("A::size() const"), "A::size");
  EXPECT_EQ(short_function(""), "");
}

TEST(Frames, place) {
  EXPECT_EQ(place({"f", "/a/b/c.cc", 3, 0, ""}), "c.cc:3");
  EXPECT_EQ(place({"f", "c.cc", 0, 0, ""}), "c.cc");
  EXPECT_EQ(place({"f", "", 0, 0x10, "/lib/libx.so"}), "libx.so at 0x10");
  EXPECT_EQ(place({"f", "", 0, 0x10, ""}), "0x10");
  EXPECT_EQ(place({"f", "", 0, 0x7f10, "/lib/libx.so", 0x10}), "libx.so+0x10");
}

TEST(Frames, spot_names_the_function_where_no_line_does) {
  EXPECT_EQ(spot({"f(int)", "/a/b/c.cc", 3, 0, ""}), "c.cc:3");
  EXPECT_EQ(spot({"A::f(int)", "", 0, 0x7f10, "/lib/libx.so", 0x10}), "A::f at libx.so+0x10");
  EXPECT_EQ(spot({"", "", 0, 0x7f10, "/lib/libx.so", 0x10}), "libx.so+0x10");
}

TEST(Frames, the_users_frame_is_the_innermost_outside_libraries) {
  const Frame atomic{"std::atomic<int>::load() const", "/usr/include/c++/12/atomic", 500, 1, ""};
  const Frame libc{"abort", "", 0, 2, "/lib/libc.so.6"};
  const Frame mine{"reader()", "mp.cc", 7, 3, ""};
  const Frame caller{"main", "mp.cc", 20, 4, ""};
  EXPECT_EQ(user_frame({atomic, mine, caller})->line, 7u);
  EXPECT_EQ(user_frame({libc, atomic})->line, 500u);
  EXPECT_EQ(user_frame({libc})->function, "abort");
  const Frame stripped{"", "", 0, 5, "/opt/plug-in.so", 5};
  EXPECT_EQ(user_frame({libc, stripped})->module, "/opt/plug-in.so");
  EXPECT_EQ(user_frame({libc, stripped, caller})->line, 20u) << "a line says more";
  EXPECT_EQ(user_frame({}), nullptr);
}

}  // namespace
}  // namespace heddle::report
