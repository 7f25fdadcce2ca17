// SPDX-License-Identifier: Apache-2.0
// The decoder on wrong tokens, most of them with a right checksum: it refuses, or reads something
// that it writes in the same way again. Under ASan and UBSan too.
#include <gtest/gtest.h>

#include <stdexcept>

#include "checker/report/token.h"
#include "tests/support/token_mutator.h"

namespace heddle::report {
namespace {

std::vector<std::string> good_tokens() {
  TokenData plain;
  plain.program_hash = 0x1234;
  plain.schedule = {0, 0, 1, 2, 2, 1, 0};
  TokenData all = plain;
  all.model = Model::kSc;
  all.option_bits = 7;
  all.exceptions = {{1, TokenException::Kind::kReadsFrom, TokenException::kInitThread, 0, 0},
                    {2, TokenException::Kind::kPlace, 1, 300, 0},
                    {2, TokenException::Kind::kOutcome, 0, 0, 1ull << 40}};
  all.threads = {{0, 0}, {0, 0}, {1, 0}};
  all.promoted = {{0x7fff'0000'1234, 4}, {8, 255}};
  return {encode_token(plain), encode_token(all), encode_token({})};
}

TEST(TokenFuzz, TheMutatorsChecksumIsRight) {
  for (const std::string& token : good_tokens()) {
    EXPECT_EQ(test::TokenMutator::with_checksum(token), token);
  }
}

TEST(TokenFuzz, WrongTokensAreRefusedWithALineOrReadAsTheyAreWritten) {
  test::TokenMutator mutator(good_tokens(), 5);
  int read = 0;
  int refused = 0;
  for (int i = 0; i < 50000; ++i) {
    const std::string token = mutator.next();
    try {
      const TokenData data = decode_token(token);
      ASSERT_EQ(decode_token(encode_token(data)), data) << token;
      ++read;
    } catch (const std::invalid_argument& error) {
      const std::string reason = error.what();
      ASSERT_FALSE(reason.empty());
      ASSERT_EQ(reason.find('\n'), std::string::npos) << reason;
      ++refused;
    }
  }
  EXPECT_GT(read, 1000);
  EXPECT_GT(refused, 10000);
}

}  // namespace
}  // namespace heddle::report
