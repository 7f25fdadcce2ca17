// SPDX-License-Identifier: Apache-2.0
// heddle replay: one execution of one variant again, from its token.
#include <fmt/format.h>

#include "tools/errors.h"
#include "tools/gallery.h"
#include "tools/report_files.h"

namespace heddle::tools {
namespace {

/// A token, and the exhibit and variant that it is for.
struct Address {
  std::string exhibit;
  std::string variant;
  std::string token;
};

Address parse_address(const Request& request) {
  Address address{request.exhibit, request.variant, request.token};
  const std::size_t at = request.token.find('@');
  if (at != std::string::npos) {
    const std::string name = request.token.substr(0, at);
    const std::size_t slash = name.rfind('/');
    if (slash == std::string::npos || slash == 0 || slash + 1 == name.size()) {
      throw UsageError(fmt::format("malformed token: \"{}\" is not CLASS/NAME/VARIANT", name));
    }
    address = {name.substr(0, slash), name.substr(slash + 1), request.token.substr(at + 1)};
  }
  if (address.token.empty()) {
    throw UsageError("malformed token: it is empty");
  }
  if (address.exhibit.empty()) {
    throw UsageError(
        "the token does not say what it is for: give TOKEN -- PROGRAM ARGUMENTS..., or "
        "CLASS/NAME/VARIANT@TOKEN, or --exhibit and --variant");
  }
  return address;
}

Selected find_variant(const std::vector<ExhibitInfo>& exhibits, const Address& address) {
  const std::string variant = address.variant.empty() ? "buggy" : address.variant;
  const std::vector<Selected> chosen = select(exhibits, {address.exhibit}, variant);
  if (chosen.size() != 1) {
    throw UsageError(fmt::format("\"{}\" names more than one exhibit", address.exhibit));
  }
  return chosen.front();
}

/// The model that the token was made under: the first letter of its third field.
std::string model_of(const std::string& token) {
  const std::size_t first = token.find(':');
  const std::size_t second = first == std::string::npos ? first : token.find(':', first + 1);
  const bool is_sc = second != std::string::npos && token.substr(second + 1).starts_with("s");
  return is_sc ? "sc" : "rc11";
}

}  // namespace

int replay_token(const Request& request) {
  if (!request.program.words.empty()) {
    return request.program.gdb ? debug_program(request) : run_program(request);
  }
  if (request.program.gdb) {
    throw UsageError("--gdb needs a program: heddle replay --gdb TOKEN -- PROGRAM ARGUMENTS...");
  }
  const Address address = parse_address(request);
  const Runner runner;
  const std::vector<ExhibitInfo> exhibits = runner.list();
  const Selected selected = find_variant(exhibits, address);
  ReportFiles files(request.json, request.reports, selected.variant->name);
  Terminal terminal(files.take_standard_output() ? stderr : stdout, request.colour);
  ExploreOptions options = request.explore;
  options.model = request.model_given ? options.model : model_of(address.token);
  Report report = runner.replay(selected, address.token, options);
  for (Finding& finding : report.findings) {
    finding.token = gallery_token(selected, finding.token);
  }
  const TextOptions text{
      .colour = terminal.colour(), .columns = terminal.columns(), .full = request.full};
  terminal.print(to_text(report, text));
  files.write(
      [&] { return to_json(report, 2) + "\n"; },
      {{.suite = selected.exhibit->full_name(), .name = selected.variant->name, .report = report}});
  return files.exit_code(exit_code(report.verdict));
}

}  // namespace heddle::tools
