// SPDX-License-Identifier: Apache-2.0
// Well-formed sequences stay, all else is replaced.
#include "checker/report/utf8.h"

#include <gtest/gtest.h>

namespace heddle::report {
namespace {

TEST(Utf8, keeps_what_is_well_formed) {
  for (const char* text : {"", "plain\ttext\n", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x90\x9b",
                           "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_EQ(valid_utf8(text), text);
  }
}

TEST(Utf8, replaces_each_byte_of_what_is_not) {
  const std::string bad = "\xef\xbf\xbd";
  EXPECT_EQ(valid_utf8("a\xff"
                       "b"),
            "a" + bad + "b");
  EXPECT_EQ(valid_utf8("\xc3"), bad) << "cut off";
  EXPECT_EQ(valid_utf8("\xc0\xaf"), bad + bad) << "overlong";
  EXPECT_EQ(valid_utf8("\xe0\x80\xaf"), bad + bad + bad) << "overlong";
  EXPECT_EQ(valid_utf8("\xed\xa0\x80"), bad + bad + bad) << "surrogate";
  EXPECT_EQ(valid_utf8("\xf4\x90\x80\x80"), bad + bad + bad + bad) << "too large";
  EXPECT_EQ(valid_utf8("\xe2\x82z"), bad + bad + "z");
  EXPECT_EQ(valid_utf8(std::string_view("\0\x1b\r\x7f", 4)), bad + bad + bad + bad) << "controls";
}

}  // namespace
}  // namespace heddle::report
