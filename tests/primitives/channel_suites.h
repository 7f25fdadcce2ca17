// SPDX-License-Identifier: Apache-2.0
// The programs of channel_bodies.h that make up the suite of each family.
#pragma once

#include "tests/primitives/channel_bodies.h"
#include "tests/primitives/suites.h"

namespace primitive_tests {

template <class Orders>
Suite channel_suite() {
  return {{"meet", &send_two_and_close<Orders, 0>},
          {"buffered", &send_two_and_close<Orders, 1>},
          {"sender_knows", &sender_knows<Orders>},
          {"two_senders_meet", &two_senders<Orders, 0>},
          {"two_senders_buffered", &two_senders<Orders, 1>},
          {"closed", &closed_while_they_wait<Orders>},
          {"try", &try_beside_channel<Orders>}};
}

template <class Orders>
Suite select_suite() {
  return {{"from_two", &select_from_two<Orders>},
          {"meet", &selects_meet<Orders>},
          {"beside_others", &select_beside_others<Orders>}};
}

template <class Mailbox>
Suite mailbox_suite() {
  return {{"read", &mail_is_read<Mailbox>}, {"ends", &mail_ends<Mailbox>}};
}

/// For pools with many executions.
template <class Pool>
Suite small_pool_suite() {
  return {{"ends", &pool_ends<Pool, 2>},
          {"meets", &work_meets<Pool>},
          {"helps", &waiting_thread_helps<Pool>},
          {"in_order", &work_is_in_order<Pool>}};
}

template <class Pool>
Suite pool_suite() {
  Suite suite = small_pool_suite<Pool>();
  suite.push_back({"done", &work_is_done<Pool>});
  suite.push_back({"two_wait", &two_post_and_wait<Pool, 1>});
  return suite;
}

}  // namespace primitive_tests
