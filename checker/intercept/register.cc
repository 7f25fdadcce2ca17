// SPDX-License-Identifier: Apache-2.0
// Tells the runtime, when the library is loaded, how to prepare the doors before an exploration.
#include "checker/intercept/hooks_check.h"
#include "checker/runtime/process_state.h"

namespace heddle::intercept {
namespace {

[[gnu::constructor]] void register_doors() { runtime::register_hook_check(&prepare_doors); }

}  // namespace
}  // namespace heddle::intercept
