// SPDX-License-Identifier: Apache-2.0
// Raw findings as bytes, for another process.
#pragma once

#include "checker/base/bytes.h"
#include "checker/runtime/raw_finding.h"

namespace heddle::runtime {

void write_finding(const RawFinding& finding, base::ByteWriter* out);
RawFinding read_finding(base::ByteReader* in);

}  // namespace heddle::runtime
