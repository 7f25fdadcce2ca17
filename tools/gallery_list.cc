// SPDX-License-Identifier: Apache-2.0
// heddle gallery list: exhibits by class, with their variants.
#include <fmt/format.h>

#include <algorithm>

#include "tools/gallery.h"

namespace heddle::tools {
namespace {

std::string names_of_variants(const ExhibitInfo& exhibit) {
  std::string names;
  for (const VariantInfo& variant : exhibit.variants) {
    names += (names.empty() ? "" : ", ") + variant.name;
  }
  return names;
}

std::size_t name_width(const std::vector<Selected>& chosen) {
  std::size_t width = 0;
  for (const Selected& selected : chosen) {
    width = std::max(width, selected.exhibit->name.size());
  }
  return width;
}

}  // namespace

int gallery_list(const Request& request) {
  Terminal terminal(stdout, request.colour);
  const Runner runner;
  const std::vector<ExhibitInfo> exhibits = runner.list();
  const std::vector<Selected> chosen = select(exhibits, request.names, "");
  const std::size_t width = name_width(chosen);
  std::string text;
  const ExhibitInfo* previous = nullptr;
  for (const Selected& selected : chosen) {
    const ExhibitInfo& exhibit = *selected.exhibit;
    if (&exhibit == previous) {
      continue;
    }
    if (previous == nullptr || previous->klass != exhibit.klass) {
      text += fmt::format("{}{}\n", previous == nullptr ? "" : "\n",
                          terminal.paint(Colour::kBold, exhibit.klass));
    }
    text += fmt::format("  {} {}\n",
                        terminal.paint(Colour::kCyan, fmt::format("{:<{}}", exhibit.name, width)),
                        hanging(exhibit.title, width + 3, terminal.columns()));
    text += fmt::format("  {:<{}} {}\n", "", width,
                        terminal.paint(Colour::kDim, hanging(names_of_variants(exhibit), width + 3,
                                                             terminal.columns())));
    previous = &exhibit;
  }
  terminal.print(text);
  return 0;
}

}  // namespace heddle::tools
