// SPDX-License-Identifier: Apache-2.0
// Names of this test's own code and data. Needs debug information, as every build type but Release
// has it.
#include "checker/report/symbols.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>

#include "checker/report/frames.h"

/// Defined by the linker: where this executable's file is loaded.
extern "C" [[gnu::visibility("hidden")]] const char __ehdr_start;

namespace symbols_test {

int counter = 1;
struct Account {
  int number = 0;
  struct {
    long euros = 0, cents = 0;
  } balance;
  std::array<int, 4> history{};
  std::mutex mutex;
  std::atomic<int> visits{0};
};
Account account;
Account accounts[3];
static std::atomic<bool> flag{false};
std::mutex gate;

[[gnu::noinline]] std::pair<std::uint64_t, std::uint32_t> call_site() {
  const auto pc = reinterpret_cast<std::uint64_t>(__builtin_return_address(0));
  asm volatile("");
  return {pc, 0};
}

volatile int sink = 0;

[[gnu::always_inline]] inline std::pair<std::uint64_t, std::uint32_t> inlined() {
  auto result = call_site();
  sink = sink + 1;
  result.second = __LINE__ - 2;
  return result;
}

[[gnu::noinline]] std::pair<std::uint64_t, std::uint32_t> outer(std::uint32_t* line) {
  *line = __LINE__ + 1;
  auto result = inlined();
  sink = sink + 1;
  return result;
}

}  // namespace symbols_test

namespace heddle::report {
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HEDDLE_ADDRESS_SANITIZER
#endif
#endif

namespace {

using namespace symbols_test;

std::uint64_t address_of(const volatile void* object) {
  return reinterpret_cast<std::uint64_t>(object);
}

TEST(Symbols, frames_with_what_was_inlined) {
  Symbolizer symbols;
  std::uint32_t outer_line = 0;
  const auto [pc, line] = outer(&outer_line);
  const std::vector<Frame>& frames = symbols.frames(pc);
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].function, "symbols_test::inlined()");
  EXPECT_EQ(short_file(frames[0].file), "symbols_test.cc");
  EXPECT_EQ(frames[0].line, line);
  EXPECT_EQ(frames[0].address, pc);
  EXPECT_FALSE(frames[0].module.empty());
  EXPECT_EQ(frames[1].function, "symbols_test::outer(unsigned int*)");
  EXPECT_EQ(short_file(frames[1].file), "symbols_test.cc");
  EXPECT_EQ(frames[1].line, outer_line);
  EXPECT_EQ(&symbols.frames(pc), &frames) << "answers are kept";
}

TEST(Symbols, lambdas) {
  Symbolizer symbols;
  std::uint32_t line = 0;
  const auto lambda = [&line]() __attribute__((noinline)) {
    line = __LINE__ + 1;
    auto result = call_site();
    sink = sink + 1;
    return result.first;
  };
  const std::vector<Frame>& frames = symbols.frames(lambda());
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].line, line);
  EXPECT_EQ(short_function(frames[0].function),
            "heddle::report::Symbols_lambdas_Test::TestBody::lambda::operator()")
      << frames[0].function;
}

TEST(Symbols, exact_addresses_name_their_function) {
  Symbolizer symbols;
  const auto& frames =
      symbols.frames(address_of(reinterpret_cast<void*>(&call_site)), PcKind::kExact);
  EXPECT_EQ(frames.back().function, "symbols_test::call_site()");
  EXPECT_NE(frames.back().line, 0u);
}

TEST(Symbols, a_stack_is_its_frames_in_order) {
  Symbolizer symbols;
  std::uint32_t line = 0;
  const std::uint64_t pc = outer(&line).first;
  const std::array<std::uint64_t, 2> pcs{pc, pc};
  EXPECT_EQ(symbols.stack(pcs).size(), 4u);
}

TEST(Symbols, unknown_addresses_stay_unknown) {
  Symbolizer symbols;
  ASSERT_EQ(symbols.frames(5).size(), 1u);
  EXPECT_EQ(symbols.frames(5)[0].address, 5u);
  EXPECT_EQ(symbols.frames(5)[0].function, "");
  EXPECT_EQ(symbols.frames(0).size(), 1u);
  EXPECT_EQ(symbols.data_name(5), "");
  int local = 0;
  EXPECT_EQ(symbols.data_name(address_of(&local)), "");
  EXPECT_EQ(symbols.data_name(address_of(reinterpret_cast<void*>(&call_site))), "");
}

TEST(Symbols, names_of_variables_and_members) {
  Symbolizer symbols;
  EXPECT_EQ(symbols.data_name(address_of(&counter)), "symbols_test::counter");
  EXPECT_EQ(symbols.data_name(address_of(&flag)), "symbols_test::flag");
  EXPECT_EQ(symbols.data_name(address_of(&gate)), "symbols_test::gate");
  EXPECT_EQ(symbols.data_name(address_of(&gate) + 8), "symbols_test::gate");
  EXPECT_EQ(symbols.data_name(address_of(&account)), "symbols_test::account.number");
  EXPECT_EQ(symbols.data_name(address_of(&account.balance.cents)),
            "symbols_test::account.balance.cents");
  EXPECT_EQ(symbols.data_name(address_of(&account.history[2])), "symbols_test::account.history[2]");
  EXPECT_EQ(symbols.data_name(address_of(&account.visits)), "symbols_test::account.visits");
  EXPECT_EQ(symbols.data_name(address_of(&account.mutex)), "symbols_test::account.mutex");
  EXPECT_EQ(symbols.data_name(address_of(&accounts[2].balance.euros)),
            "symbols_test::accounts[2].balance.euros");
}

TEST(Symbols, statics_of_functions) {
  static std::array<int, 2> calls{1, 2};
  Symbolizer symbols;
  const std::string& name = symbols.data_name(address_of(&calls[1]));
  EXPECT_EQ(name.substr(name.size() - 8), "calls[1]") << name;
}

TEST(Symbols, functions_of_shared_libraries) {
  Symbolizer symbols;
  const auto& frames =
      symbols.frames(address_of(reinterpret_cast<void*>(&std::abort)), PcKind::kExact);
  EXPECT_TRUE(is_library_frame(frames.back()) || frames.back().module.empty() ||
              frames.back().function.find("abort") != std::string::npos);
}

TEST(Symbols, modules_given_by_path) {
  Symbolizer process;
  const auto here = address_of(reinterpret_cast<void*>(&call_site));
  const Frame frame = process.frames(here, PcKind::kExact).back();
  const std::uint64_t moved = 0x10000000;
  const LoadedModule module{frame.module, moved};
  Symbolizer given(std::span(&module, 1));
  const std::uint64_t relative = here - address_of(&__ehdr_start);
  EXPECT_EQ(given.frames(relative + moved, PcKind::kExact).back().function, frame.function);
  EXPECT_EQ(given.frames(relative + moved, PcKind::kExact).back().line, frame.line);
}

TEST(Symbols, members_of_types_by_name) {
  Symbolizer symbols;
  std::uint32_t line = 0;
  const std::uint64_t pc = outer(&line).first;
  EXPECT_EQ(
      symbols.member_name(pc, "symbols_test::Account", sizeof(Account), offsetof(Account, visits)),
      ".visits");
  EXPECT_EQ(symbols.member_name(pc, "Account", sizeof(Account) + 1, 0), "");
  EXPECT_EQ(symbols.member_name(pc, "Nobody", 4, 0), "");
}

TEST(Symbols, locals_by_their_frame) {
#if defined(__SANITIZE_ADDRESS__) || defined(HEDDLE_ADDRESS_SANITIZER)
  GTEST_SKIP() << "AddressSanitizer keeps locals elsewhere";
#endif
  Symbolizer symbols;
  volatile Account mine;
  const std::uint64_t pc = call_site().first;
  const auto here = reinterpret_cast<std::uint64_t>(__builtin_frame_address(0));
  const UnwoundFrame frame{pc, address_of(__builtin_alloca(16)), here, here + 16};
  const std::uint64_t address = address_of(&mine.balance.cents);
  EXPECT_EQ(symbols.local_name(std::span(&frame, 1), address), "mine.balance.cents");
  EXPECT_EQ(symbols.local_name(std::span(&frame, 1), here + 16), "") << "above the frame";
  EXPECT_EQ(symbols.local_name(std::span(&frame, 1), frame.stack_pointer - 8), "") << "below";
  EXPECT_EQ(symbols.local_name({}, address), "");
}

TEST(Symbols, demangle) {
  EXPECT_EQ(demangle("_ZN3foo3barEi"), "foo::bar(int)");
  EXPECT_EQ(demangle("main"), "main");
  EXPECT_EQ(demangle("b"), "b") << "not bool";
  EXPECT_EQ(demangle(nullptr), "");
}

}  // namespace
}  // namespace heddle::report
