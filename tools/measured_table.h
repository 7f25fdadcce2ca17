// SPDX-License-Identifier: Apache-2.0
// Measured tables for people: with bars in a terminal, and as a plot. Pure.
#pragma once

#include <string>
#include <vector>

#include "tools/terminal.h"
#include "tools/tour.h"

namespace heddle::tools {

/// A number as it stands in a table: three digits that count, "0.0123", "12.3", "1230".
std::string short_number(double value);

/// The table, a bar behind each number where the page is wide enough; bars compare the rows of a
/// column. Whole lines.
std::string table_text(const MeasuredTable& table, const Terminal& terminal);

/// A line to put behind tables whose numbers say little: they were measured for moments only
/// (`quick`), or while other programs kept the processors busy. Empty if they say something.
std::string doubt_note(bool quick);

/// A plot of each table, below each other: a line for each row over the columns, with a logarithmic
/// scale. Values that are not above zero are left out. A whole SVG file.
std::string tables_svg(const std::vector<MeasuredTable>& tables);

}  // namespace heddle::tools
