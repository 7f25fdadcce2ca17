// SPDX-License-Identifier: Apache-2.0
// Field by field, in the order of raw_finding.h.
#include "checker/runtime/raw_finding_bytes.h"

namespace heddle::runtime {

void write_finding(const RawFinding& finding, base::ByteWriter* out) {
  out->put(finding.kind);
  out->put(finding.cause);
  out->put(finding.message);
  out->put_each(finding.participants, 0, [&](const RawParticipant& part) {
    out->put(part.thread);
    out->put(part.verb);
    out->put(part.address);
    out->put(part.size);
    out->put_all(part.stack);
  });
  out->put(finding.cycle_from);
  out->put(finding.key);
}

RawFinding read_finding(base::ByteReader* in) {
  RawFinding finding;
  finding.kind = in->get<FindingKind>();
  finding.cause = in->get<DeadlockCause>();
  finding.message = in->text();
  in->each([&] {
    RawParticipant part;
    part.thread = in->get<base::ThreadId>();
    part.verb = in->text();
    part.address = in->get<std::uint64_t>();
    part.size = in->get<std::size_t>();
    in->each([&] { part.stack.push_back(in->get<std::uint64_t>()); });
    finding.participants.push_back(std::move(part));
  });
  finding.cycle_from = in->get<std::uint32_t>();
  finding.key = in->get<std::uint64_t>();
  return finding;
}

}  // namespace heddle::runtime
