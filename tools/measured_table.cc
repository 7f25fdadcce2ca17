// SPDX-License-Identifier: Apache-2.0
// Columns and bars.
#include "tools/measured_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <thread>

#include "tools/gallery.h"

namespace heddle::tools {
namespace {

constexpr std::size_t kBar = 8;
constexpr std::size_t kIndent = 2;

/// A bar of `share` of kBar characters, filled up with spaces.
std::string bar(double share) {
  constexpr std::array<const char*, 8> kEighths = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const double clamped = std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0.0;
  const auto eighths = static_cast<std::size_t>(std::lround(clamped * kBar * 8));
  std::string text;
  for (std::size_t i = 0; i < eighths / 8; ++i) {
    text += "█";
  }
  text += kEighths[eighths % 8];
  const std::size_t used = eighths / 8 + (eighths % 8 != 0 ? 1 : 0);
  return text + std::string(kBar - used, ' ');
}

double largest(const MeasuredTable& table, std::size_t column) {
  double most = 0;
  for (const MeasuredRow& row : table.rows) {
    most = std::max(most, row.values[column]);
  }
  return most;
}

std::size_t name_width(const MeasuredTable& table) {
  std::size_t width = 0;
  for (const MeasuredRow& row : table.rows) {
    width = std::max(width, row.name.size());
  }
  return width;
}

/// Width of a column's numbers and heading, without the bar.
std::size_t column_width(const MeasuredTable& table, std::size_t column, bool bars) {
  const std::size_t heading = table.columns[column].size();
  return std::max<std::size_t>(7, bars && heading > kBar ? heading - kBar - 1 : heading);
}

void trim(std::string& line) { line.erase(line.find_last_not_of(' ') + 1); }

}  // namespace

std::string short_number(double value) {
  const double size = std::abs(value);
  const int decimals = size >= 100 || size == 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return fmt::format("{:.{}f}", value, decimals);
}

std::string doubt_note(bool quick) {
  if (quick) {
    return "  (Measured for moments only, --quick: the numbers mean nothing.)\n";
  }
  double load = 0;
  const double cores = std::max(1u, std::thread::hardware_concurrency());
  // The last minute's, in which the measured threads are few compared with what makes it busy.
  if (getloadavg(&load, 1) != 1 || load <= 1.5 * cores) {
    return {};
  }
  return fmt::format(
      "  (The machine is busy: {:.0f} threads want its {:.0f} cores. Numbers like these say little "
      "then.)\n",
      load, cores);
}

std::string table_text(const MeasuredTable& table, const Terminal& terminal) {
  const std::size_t names = name_width(table);
  std::size_t width = kIndent + names;
  for (std::size_t column = 0; column < table.columns.size(); ++column) {
    width += 2 + column_width(table, column, true) + 1 + kBar;
  }
  const bool bars = width <= terminal.columns();
  std::string text = fmt::format("  {}, {}\n", table.title, table.unit);
  std::string heading = std::string(kIndent + names, ' ');
  for (std::size_t column = 0; column < table.columns.size(); ++column) {
    const std::size_t cell = column_width(table, column, bars) + (bars ? 1 + kBar : 0);
    heading += bars ? fmt::format("  {:<{}}", table.columns[column], cell)
                    : fmt::format("  {:>{}}", table.columns[column], cell);
  }
  trim(heading);
  text += heading + "\n";
  for (const MeasuredRow& row : table.rows) {
    std::string line = fmt::format("  {:<{}}", row.name, names);
    for (std::size_t column = 0; column < table.columns.size(); ++column) {
      const double value = row.values[column];
      line += fmt::format("  {:>{}}", short_number(value), column_width(table, column, bars));
      line += bars ? " " + terminal.paint(table.more_is_better ? Colour::kGreen : Colour::kYellow,
                                          bar(value / largest(table, column)))
                   : "";
    }
    trim(line);
    text += line + "\n";
  }
  return text;
}

}  // namespace heddle::tools
