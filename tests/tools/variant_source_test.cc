// SPDX-License-Identifier: Apache-2.0
// Cuts variants out of an exhibit's source.
#include "tools/variant_source.h"

#include <gtest/gtest.h>

#include "tools/source_blocks.h"

namespace heddle::tools {
namespace {

constexpr const char* kExhibit = R"exhibit(// A story with "buggy", and a { brace.
#include <mutex>
#define UNUSED {

namespace {

constexpr int kRounds = 2;
struct Shared { int x = 0; };

int helper(int x) { return x + 1'000; }

namespace buggy {
struct Counter {
  int value = 0;  // }
};
// Explains the body.
void body() {
  Counter counter;
  const char* text = "}{";
  counter.value = helper(kRounds);
}
}  // namespace buggy

namespace mutex {
std::mutex first, second;
void body() {
  std::lock_guard lock(second);
}
}  // namespace mutex

void lonely() { body_of_nobody(); }

const bugs::Registration kRegistration{{
    .name = "lost_update",
    .variants = {{.name = "buggy", .body = buggy::body},
                 {.name = "mutex", .body = &mutex::body},
                 {.name = "lambda", .body = [] { helper(1); }}},
}};

}  // namespace
)exhibit";

std::string text_of(const std::vector<SourceLine>& lines) {
  std::string text;
  for (const SourceLine& line : lines) {
    text += std::to_string(line.number) + ":" + line.text + "\n";
  }
  return text;
}

TEST(VariantSource, TakesTheBodyAndWhatItUses) {
  EXPECT_EQ(text_of(variant_source(kExhibit, "buggy")),
            "7:constexpr int kRounds = 2;\n"
            "10:int helper(int x) { return x + 1'000; }\n"
            "13:struct Counter {\n"
            "14:  int value = 0;  // }\n"
            "15:};\n"
            "17:void body() {\n"
            "18:  Counter counter;\n"
            "19:  const char* text = \"}{\";\n"
            "20:  counter.value = helper(kRounds);\n"
            "21:}\n");
}

TEST(VariantSource, KeepsEqualNamesOfNamespacesApart) {
  EXPECT_EQ(text_of(variant_source(kExhibit, "mutex")),
            "25:std::mutex first, second;\n"
            "26:void body() {\n"
            "27:  std::lock_guard lock(second);\n"
            "28:}\n");
}

TEST(VariantSource, TakesALambdaFromTheRegistration) {
  EXPECT_EQ(text_of(variant_source(kExhibit, "lambda")),
            "10:int helper(int x) { return x + 1'000; }\n"
            "37:                 {.name = \"lambda\", .body = [] { helper(1); }}},\n");
}

TEST(VariantSource, FallsBackToAFunctionOfThatName) {
  EXPECT_EQ(text_of(variant_source(kExhibit, "lonely")),
            "31:void lonely() { body_of_nobody(); }\n");
}

TEST(VariantSource, IsEmptyForAnUnknownVariant) {
  EXPECT_TRUE(variant_source(kExhibit, "nothing").empty());
  EXPECT_TRUE(variant_source("", "buggy").empty());
}

TEST(MaskSource, BlanksWhatIsNotCode) {
  EXPECT_EQ(mask_source("a(\"{\\\"\"); // }\nb('{');"), "a(     );     \nb(   );");
  EXPECT_EQ(mask_source("R\"x({)\" )x\" c /* {\n */ d"), "            c     \n    d");
  EXPECT_EQ(mask_source("#define A { \\\n }\n1'000"), "             \n  \n1'000");
}

}  // namespace
}  // namespace heddle::tools
