// SPDX-License-Identifier: Apache-2.0
// The catalogue of the gallery: a page whose tables, between two marker lines, are made of what
// exploring the exhibits found. Pure: pages and results in, pages and differences out.
//
// One row an exhibit: name, kind, CWE, origin, what Heddle found in each buggy variant, what
// ThreadSanitizer says of it as declared (it depends on luck what a run shows), the fixes. Behind
// each variant is the number of its executions, or of its states where the search of cycles
// explored it: those of the compiler that built the gallery, so they are compared only by builds of
// the same one.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tools/exhibits.h"
#include "tools/judge.h"

namespace heddle::tools {

/// Full name of an exhibit, and its line in the table.
using CatalogueRows = std::map<std::string, std::string>;

/// The rows of the exhibits in `results`. Throws UsageError, naming it, for an exhibit of which not
/// every variant is there.
CatalogueRows catalogue_rows(const std::vector<VariantResult>& results);

/// `page` with `rows` in its tables: rows of other exhibits stay, those of exhibits that are not in
/// `exhibits` go. `name` is the page's, for errors. Throws UsageError when a marker is missing.
std::string updated_catalogue(std::string_view page, const std::string& name,
                              const std::vector<ExhibitInfo>& exhibits, const CatalogueRows& rows);

/// Where `page` is out of date, one line each: a row of `rows` that is missing or another, and rows
/// of exhibits that do not exist. Throws UsageError when a marker is missing.
std::vector<std::string> catalogue_differences(std::string_view page, const std::string& name,
                                               const std::vector<ExhibitInfo>& exhibits,
                                               const CatalogueRows& rows);

/// Where what ThreadSanitizer said in these runs is not what the exhibits declare, one line each: a
/// report of another kind, or none of those that every run shows. A run that hangs may be a slow
/// one, so hanging is no difference.
std::vector<std::string> tsan_differences(const std::vector<VariantResult>& results);

}  // namespace heddle::tools
