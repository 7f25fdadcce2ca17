// SPDX-License-Identifier: Apache-2.0
// Reads a list of exhibits and resolves names.
#include "tools/exhibits.h"

#include <gtest/gtest.h>

#include "tools/errors.h"

namespace heddle::tools {
namespace {

constexpr const char* kList = R"({"heddle": "0.1.0", "exhibits": [
  {"class": "deadlocks", "name": "self_lock", "title": "t", "story": "s", "kind": "k", "cwe": "764",
   "origin": "", "threads": 1, "options": {"search": "exhaustive"}, "tsan_reason": "r", "file": "f.cc", "variants": [
     {"name": "buggy", "verdict": "bug", "kinds": ["deadlock"], "causes": ["self"], "adds": "",
      "primitive": "", "sc_executions": 1, "waits": "any", "bypasses": 0, "deadline": 0,
      "late": false, "tsan": ["hang"], "tsan_certain": false}]},
  {"class": "races", "name": "lost_update", "title": "t", "story": "s", "kind": "k", "cwe": "366",
   "origin": "", "threads": 2, "options": {"search": "cycles"}, "tsan_reason": "r", "file": "f.cc", "variants": [
     {"name": "buggy", "verdict": "bug", "kinds": ["data_race", "assertion"], "causes": [],
      "adds": "", "primitive": "", "sc_executions": 0, "waits": "any", "bypasses": 0,
      "deadline": 0, "late": false, "tsan": ["data_race"], "tsan_certain": true},
     {"name": "mutex", "verdict": "ok", "kinds": [], "causes": [], "adds": "exclusion",
      "primitive": "std::mutex", "sc_executions": 2, "waits": "bounded", "bypasses": 1,
      "deadline": 15, "late": true, "tsan": [], "tsan_certain": true}]}]})";

std::vector<std::string> chosen(const std::vector<std::string>& names, const std::string& variant) {
  const std::vector<ExhibitInfo> exhibits = parse_exhibits(kList);
  std::vector<std::string> result;
  for (const Selected& selected : select(exhibits, names, variant)) {
    result.push_back(selected.full_name());
  }
  return result;
}

std::string refusal(const std::vector<std::string>& names, const std::string& variant) {
  try {
    chosen(names, variant);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

using Names = std::vector<std::string>;

TEST(ParseExhibits, ReadsEveryField) {
  const std::vector<ExhibitInfo> exhibits = parse_exhibits(kList);
  ASSERT_EQ(exhibits.size(), 2u);
  const ExhibitInfo& race = exhibits[1];
  EXPECT_EQ(race.full_name(), "races/lost_update");
  EXPECT_EQ(race.threads, 2);
  ASSERT_EQ(race.variants.size(), 2u);
  EXPECT_TRUE(race.variants[0].is_bug());
  EXPECT_EQ(race.variants[0].kinds, (std::vector{FindingKind::kDataRace, FindingKind::kAssertion}));
  EXPECT_EQ(race.variants[0].tsan, Names{"data_race"});
  EXPECT_EQ(race.variants[1].primitive, "std::mutex");
  EXPECT_EQ(race.variants[1].sc_executions, 2u);
  EXPECT_EQ(race.variants[1].waits, "bounded");
  EXPECT_EQ(race.variants[1].bypasses, 1u);
  EXPECT_EQ(race.variants[1].deadline, 15u);
  EXPECT_TRUE(race.variants[1].late);
  EXPECT_TRUE(race.variants[1].cycles);
  EXPECT_FALSE(exhibits[0].variants[0].cycles);
  EXPECT_EQ(exhibits[0].variants[0].causes, std::vector{DeadlockCause::kSelf});
}

TEST(ParseExhibits, RefusesWhatIsNoList) {
  EXPECT_THROW(parse_exhibits(""), InternalError);
  EXPECT_THROW(parse_exhibits("{}"), InternalError);
  EXPECT_THROW(parse_exhibits(R"({"exhibits": [{"class": 7}]})"), InternalError);
}

TEST(Select, UnderstandsEveryFormOfAName) {
  const Names all = {"deadlocks/self_lock/buggy", "races/lost_update/buggy",
                     "races/lost_update/mutex"};
  const Names race = {all[1], all[2]};
  EXPECT_EQ(chosen({}, ""), all);
  EXPECT_EQ(chosen({"races"}, ""), race);
  EXPECT_EQ(chosen({"lost_update"}, ""), race);
  EXPECT_EQ(chosen({"races/lost_update"}, ""), race);
  EXPECT_EQ(chosen({"lost_update/mutex"}, ""), Names{all[2]});
  EXPECT_EQ(chosen({"races/lost_update/mutex"}, ""), Names{all[2]});
}

TEST(Select, TakesEachOnceInTheirOrder) {
  EXPECT_EQ(chosen({"lost_update/mutex", "races", "self_lock"}, ""), chosen({}, ""));
}

TEST(Select, KeepsOnlyTheVariantsAskedFor) {
  EXPECT_EQ(chosen({}, "mutex"), Names{"races/lost_update/mutex"});
}

TEST(Select, RefusesUnknownNamesWithTheNearest) {
  EXPECT_EQ(refusal({"lost_updat"}, ""),
            "no exhibit \"lost_updat\"; did you mean \"lost_update\"?");
  EXPECT_EQ(refusal({"races", "zebra crossing"}, ""),
            "no exhibit \"zebra crossing\"; see heddle gallery list");
  EXPECT_EQ(refusal({"races"}, "mutx"), "no variant \"mutx\"; did you mean \"mutex\"?");
}

}  // namespace
}  // namespace heddle::tools
