// SPDX-License-Identifier: Apache-2.0
// Tokens come back as they were, and a wrong character is always noticed.
#include "checker/report/token.h"

#include <gtest/gtest.h>

#include <random>
#include <stdexcept>

namespace heddle::report {
namespace {

using Kind = TokenException::Kind;

TokenData example() {
  TokenData data;
  data.program_hash = 0xdeadbeef;
  data.model = Model::kSc;
  data.option_bits = 0xa5;
  data.schedule = {0, 0, 0, 1, 1, 2, 0, 63};
  data.exceptions = {{3, Kind::kReadsFrom, TokenException::kInitThread, 0, 0},
                     {3, Kind::kPlace, 2, 70000, 0},
                     {7, Kind::kOutcome, 0, 0, ~std::uint64_t{0}}};
  data.promoted = {{0x4040, 4}, {0x7fffffffffff, 16}};
  return data;
}

std::string reason(std::string_view token) {
  try {
    decode_token(token);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Token, round_trip) {
  EXPECT_EQ(decode_token(encode_token(example())), example());
  EXPECT_EQ(decode_token(encode_token({})), TokenData{});
  EXPECT_EQ(decode_token("  " + encode_token(example()) + "\n"), example());
}

TEST(Token, of_a_cycle) {
  TokenData data = example();
  data.cycle = 5;
  data.victim = 2;
  EXPECT_EQ(decode_token(encode_token(data)), data);
  data.victim = TokenData::kNoVictim;
  EXPECT_EQ(decode_token(encode_token(data)), data);
  data.cycle = 9;
  EXPECT_NE(reason(encode_token(data)).find("a cycle longer than the schedule"), std::string::npos);
}

TEST(Token, round_trip_of_random_data) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 2000; ++round) {
    TokenData data;
    data.program_hash = random();
    data.option_bits = static_cast<std::uint8_t>(random());
    const unsigned threads = 1 + random() % 64;
    for (unsigned i = random() % 60; i > 0; --i) {
      data.schedule.push_back(static_cast<std::uint32_t>(random() % threads));
    }
    for (std::uint32_t ordinal = 0; random() % 4 != 0; ordinal += random() % 300) {
      TokenException exception;
      exception.event_ordinal = ordinal;
      exception.kind = static_cast<Kind>(random() % 3);
      if (exception.kind == Kind::kOutcome) {
        exception.outcome = random() >> random() % 64;
      } else {
        exception.thread = static_cast<std::uint32_t>(random() % 64);
        exception.index = static_cast<std::uint32_t>(random() >> random() % 32);
      }
      data.exceptions.push_back(exception);
    }
    ASSERT_EQ(decode_token(encode_token(data)), data);
  }
}

TEST(Token, is_short_and_one_word) {
  TokenData data;
  data.program_hash = 0x12345678;
  data.schedule.assign(100, 0);
  data.schedule.resize(200, 1);
  const std::string token = encode_token(data);
  EXPECT_LT(token.size(), 40u) << token;
  EXPECT_EQ(token.substr(0, 15), "h1:12345678:r0:");
  EXPECT_EQ(token.find_first_of(" \t\n'\"\\$"), std::string::npos);
}

TEST(Token, every_changed_character_is_noticed) {
  const std::string good = encode_token(example());
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (int c = 1; c < 256; ++c) {
      std::string bad = good;
      bad[i] = static_cast<char>(c);
      if (bad != good) {
        ASSERT_NE(reason(bad), "accepted") << i << " " << c;
      }
    }
  }
}

TEST(Token, missing_doubled_and_exchanged_characters_are_noticed) {
  const std::string good = encode_token(example());
  for (std::size_t i = 0; i < good.size(); ++i) {
    EXPECT_NE(reason(good.substr(0, i)), "accepted");
    EXPECT_NE(reason(std::string(good).erase(i, 1)), "accepted");
    EXPECT_NE(reason(std::string(good).insert(i, 1, good[i])), "accepted");
    if (i > 0 && good[i] != good[i - 1]) {
      std::string bad = good;
      std::swap(bad[i], bad[i - 1]);
      EXPECT_NE(reason(bad), "accepted");
    }
  }
}

TEST(Token, random_bytes_are_refused_and_do_no_harm) {
  std::mt19937 random(3);
  const std::string good = encode_token(example());
  for (int round = 0; round < 20000; ++round) {
    std::string bad = good;
    for (unsigned i = 2 + random() % 10; i > 0; --i) {
      bad[random() % bad.size()] = static_cast<char>(random());
    }
    if (bad != good) {
      ASSERT_NE(reason(bad), "accepted");
    }
  }
}

TEST(Token, says_in_one_line_what_is_wrong) {
  EXPECT_EQ(reason(""), "malformed token: it does not begin with h1:");
  EXPECT_EQ(reason("hello"), "malformed token: it does not begin with h1:");
  EXPECT_EQ(reason("h2:1:r0:::AAAAAA"), "token of another version: h2 (this Heddle writes h1)");
  EXPECT_EQ(reason("h1:1:r0"), "malformed token: 3 parts instead of six");
  EXPECT_EQ(reason("h1:1:r0:::AAAAAA"),
            "damaged token: the checksum does not fit (copied incompletely?)");
}

}  // namespace
}  // namespace heddle::report
