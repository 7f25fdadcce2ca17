// SPDX-License-Identifier: Apache-2.0
// The parts of the HTML report, from the files in html/; see tools/cmake/HeddleEmbed.cmake.
#pragma once

namespace heddle::report {

/// The page with the places @TITLE@, @STYLE@, @DATA@ and @SCRIPT@.
extern const char* const kHtmlPage;
extern const char* const kHtmlStyle;
extern const char* const kHtmlScript;

}  // namespace heddle::report
