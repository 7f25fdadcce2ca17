// SPDX-License-Identifier: Apache-2.0
// Words for an estimate, and doubts.
#include "heddle/estimate.h"

#include <fmt/format.h>

#include <algorithm>

#include "checker/report/percent.h"

namespace heddle {
namespace {

constexpr std::uint64_t kFewDescents = 30;
/// Their distribution has a long tail that few descents meet: a spread that is seen is too small.
constexpr double kMostRelativeError = 0.2;
constexpr double kMostShare = 0.2;
constexpr double kSpread = 1.96;  ///< Standard errors, for 95 %.

/// Whole as long as that is short: "5040", "5.3e+05".
std::string rough(double count) {
  return count < 10000 ? fmt::format("{:.0f}", count) : fmt::format("{:.2g}", count);
}

double least(const Estimate& estimate, std::uint64_t explored) {
  return std::max(static_cast<double>(explored), estimate.executions - kSpread * estimate.error);
}

}  // namespace

std::string why_worthless(const Estimate& estimate, std::uint64_t explored) {
  if (estimate.descents < kFewDescents) {
    return "too few descents";
  }
  if (estimate.executions < static_cast<double>(explored)) {
    return "more were explored than they said";
  }
  if (estimate.largest > kMostShare) {
    return "one of them says much of the sum of all";
  }
  return estimate.error > kMostRelativeError * estimate.executions ? "they differ too much" : "";
}

std::string to_text(const Estimate& estimate, std::uint64_t explored) {
  if (estimate.descents == 0) {
    return {};
  }
  if (const std::string why = why_worthless(estimate, explored); !why.empty()) {
    return fmt::format("how many executions there are in all cannot be told from {} descents: {}",
                       estimate.descents, why);
  }
  const double most = estimate.executions + kSpread * estimate.error;
  const double in_all = std::max(estimate.executions, static_cast<double>(explored));
  return fmt::format("about {} executions in all ({} to {}, 95 %, from {} descents), {} % explored",
                     rough(in_all), rough(least(estimate, explored)), rough(most),
                     estimate.descents, report::percent(static_cast<double>(explored) / in_all));
}

std::string to_short_text(const Estimate& estimate, std::uint64_t explored) {
  if (estimate.descents == 0) {
    return {};
  }
  if (!why_worthless(estimate, explored).empty()) {
    return "of an unknown number";
  }
  return fmt::format(
      "of about {} ({} to {})", rough(std::max(estimate.executions, static_cast<double>(explored))),
      rough(least(estimate, explored)), rough(estimate.executions + kSpread * estimate.error));
}

}  // namespace heddle
