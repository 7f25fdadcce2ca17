// SPDX-License-Identifier: Apache-2.0
// Each memory order of channels and mailbox is needed: with any one of them weakened, the suite
// that explored_channels.cc passes has a finding. (The pool has none of its own.)
#include "primitives/mailbox.h"
#include "tests/primitives/channel_suites.h"
#include "tests/primitives/weakened/weakened.h"

namespace primitive_tests {
namespace {

TEST(Weakened, Channel) { needs_each_order(channel_suite<Weakened>(), primitives::kChannelSites); }

TEST(Weakened, Mailbox) {
  using Mailbox = primitives::BasicMailbox<int, Weakened>;
  needs_each_order(mailbox_suite<Mailbox>(), Mailbox::kSites);
}

}  // namespace
}  // namespace primitive_tests
