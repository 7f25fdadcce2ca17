// SPDX-License-Identifier: Apache-2.0
// Conversion between plans and tokens.
#include "checker/explore_token.h"

#include "checker/runtime/process_state.h"

namespace heddle {
namespace {

using report::TokenException;
using search::Plan;

enum OptionBit : std::uint8_t {
  kIdleTimeouts = 1,
  kSpuriousWakeups = 2,
  kWholeLibrarySpins = 4,
  kStates = 8,
  kSampled = 16
};

TokenException to_token(const Plan::Exception& exception) {
  TokenException out;
  out.event_ordinal = exception.step;
  out.outcome = exception.outcome;
  switch (exception.kind) {
    case Plan::Exception::Kind::kPlace:
      out.kind = TokenException::Kind::kPlace;
      break;
    case Plan::Exception::Kind::kOutcome:
      out.kind = TokenException::Kind::kOutcome;
      return out;
    default:
      out.kind = TokenException::Kind::kReadsFrom;
      break;
  }
  out.thread = exception.event.is_init() ? TokenException::kInitThread : exception.event.thread();
  out.index = exception.event.is_init() ? 0 : exception.event.index();
  return out;
}

Plan::Exception from_token(const TokenException& exception) {
  Plan::Exception out;
  out.step = exception.event_ordinal;
  out.outcome = exception.outcome;
  switch (exception.kind) {
    case TokenException::Kind::kReadsFrom:
      out.kind = Plan::Exception::Kind::kSource;
      break;
    case TokenException::Kind::kPlace:
      out.kind = Plan::Exception::Kind::kPlace;
      break;
    case TokenException::Kind::kOutcome:
      out.kind = Plan::Exception::Kind::kOutcome;
      return out;
  }
  out.event = exception.thread == TokenException::kInitThread
                  ? base::EventId::init()
                  : base::EventId(exception.thread, exception.index);
  return out;
}

}  // namespace

namespace {

report::TokenData token_data(const Plan& plan, runtime::Engine& engine, const Options& options) {
  report::TokenData data;
  data.program_hash = runtime::process_state().modules.program_hash();
  data.model = options.model;
  data.option_bits = static_cast<std::uint8_t>(
      (options.timeouts == Timeouts::kIdle ? kIdleTimeouts : 0) |
      (options.spurious_wakeups ? kSpuriousWakeups : 0) |
      (options.reduce_library_spins ? 0 : kWholeLibrarySpins) |
      (engine.explores_states() ? kStates : 0) | (engine.samples() ? kSampled : 0));
  data.schedule.assign(plan.schedule.begin(), plan.schedule.end());
  for (const Plan::Exception& exception : plan.exceptions) {
    data.exceptions.push_back(to_token(exception));
  }
  bool in_order = true;
  const auto& names = engine.thread_names();
  for (std::uint32_t id = 1; id < names.size(); ++id) {
    in_order = in_order && names[id].first == 0 && names[id].second == id - 1;
  }
  if (!in_order) {
    data.threads = names;
  }
  for (const auto& [location, active] : engine.promoted()) {
    data.promoted.emplace_back(location.address, location.size);
  }
  return data;
}

}  // namespace

std::string make_token(const graph::ExecutionGraph& graph, runtime::Engine& engine,
                       const Options& options) {
  return report::encode_token(token_data(search::make_plan(graph), engine, options));
}

std::string make_cycle_token(const Plan& plan, std::uint32_t cycle, std::uint32_t victim,
                             runtime::Engine& engine, const Options& options) {
  report::TokenData data = token_data(plan, engine, options);
  data.cycle = cycle;
  data.victim = victim;
  return report::encode_token(data);
}

Plan plan_of(const report::TokenData& token, runtime::Engine& engine) {
  Plan plan;
  plan.schedule.assign(token.schedule.begin(), token.schedule.end());
  for (const TokenException& exception : token.exceptions) {
    plan.exceptions.push_back(from_token(exception));
  }
  engine.set_thread_names(token.threads);
  for (const auto& [address, size] : token.promoted) {
    engine.promoted()[{address, static_cast<std::uint8_t>(size)}] = true;
  }
  return plan;
}

void apply_token(const report::TokenData& token, Options& options) {
  options.model = token.model;
  options.timeouts =
      (token.option_bits & kIdleTimeouts) != 0 ? Timeouts::kIdle : Timeouts::kAdversarial;
  options.spurious_wakeups = (token.option_bits & kSpuriousWakeups) != 0;
  options.search =
      (token.option_bits & kStates) != 0 ? SearchKind::kCycles : SearchKind::kExhaustive;
  if ((token.option_bits & kSampled) != 0) {
    options.search = SearchKind::kRandom;
  }
  options.reduce_library_spins = (token.option_bits & kWholeLibrarySpins) == 0;
}

}  // namespace heddle
