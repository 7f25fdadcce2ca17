// SPDX-License-Identifier: Apache-2.0
// Plots of measured tables: lines over the columns, logarithmic, drawn by hand, for it takes
// little.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "tools/measured_table.h"

namespace heddle::tools {
namespace {

constexpr double kWidth = 720;
constexpr double kHeight = 340;
constexpr double kLeft = 60;
constexpr double kRight = 500;  // Behind it the legend.
constexpr double kTop = 50;
constexpr double kBottom = 290;

constexpr std::array<const char*, 8> kColours = {"#1b6ca8", "#d1495b", "#3a7d44", "#edae49",
                                                 "#6a4c93", "#00798c", "#8d6346", "#555555"};

std::string escaped(const std::string& text) {
  std::string result;
  for (const char letter : text) {
    result += letter == '<'   ? "&lt;"
              : letter == '>' ? "&gt;"
              : letter == '&' ? "&amp;"
                              : std::string(1, letter);
  }
  return result;
}

/// Powers of ten around all values of the table, as exponents.
struct Scale {
  int lowest = 0;
  int highest = 1;

  double y_of(double value) const {
    const double share = (std::log10(value) - lowest) / (highest - lowest);
    return kBottom - share * (kBottom - kTop);
  }
};

Scale scale_of(const MeasuredTable& table) {
  double least = 0;
  double most = 0;
  for (const MeasuredRow& row : table.rows) {
    for (const double value : row.values) {
      if (value > 0) {
        least = least == 0 ? value : std::min(least, value);
        most = std::max(most, value);
      }
    }
  }
  if (most == 0) {
    return {};
  }
  Scale scale{static_cast<int>(std::floor(std::log10(least))),
              static_cast<int>(std::ceil(std::log10(most)))};
  scale.highest = std::max(scale.highest, scale.lowest + 1);
  return scale;
}

double x_of(const MeasuredTable& table, std::size_t column) {
  const std::size_t steps = std::max<std::size_t>(1, table.columns.size() - 1);
  return kLeft + 20 + (kRight - kLeft - 40) * static_cast<double>(column) / steps;
}

std::string axes(const MeasuredTable& table, const Scale& scale) {
  std::string svg = fmt::format(
      "<text x=\"{}\" y=\"24\" font-weight=\"bold\">{}</text>\n"
      "<text x=\"{}\" y=\"40\" fill=\"#555\">{}, {} is better</text>\n",
      kLeft, escaped(table.title), kLeft, escaped(table.unit),
      table.more_is_better ? "more" : "less");
  for (int exponent = scale.lowest; exponent <= scale.highest; ++exponent) {
    const double value = std::pow(10, exponent);
    const double y = scale.y_of(value);
    svg += fmt::format(
        "<line x1=\"{0}\" y1=\"{1:.1f}\" x2=\"{2}\" y2=\"{1:.1f}\" stroke=\"#ddd\"/>"
        "<text x=\"{3}\" y=\"{4:.1f}\" text-anchor=\"end\">{5:g}</text>\n",
        kLeft, y, kRight, kLeft - 6, y + 4, value);
  }
  for (std::size_t column = 0; column < table.columns.size(); ++column) {
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n",
                       x_of(table, column), kBottom + 20, escaped(table.columns[column]));
  }
  return svg;
}

std::string line_of(const MeasuredTable& table, std::size_t index, const Scale& scale) {
  const MeasuredRow& row = table.rows[index];
  const char* colour = kColours[index % kColours.size()];
  std::string points;
  std::string dots;
  for (std::size_t column = 0; column < row.values.size(); ++column) {
    if (row.values[column] > 0) {
      const double x = x_of(table, column);
      const double y = scale.y_of(row.values[column]);
      points += fmt::format("{:.1f},{:.1f} ", x, y);
      dots += fmt::format(
          "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"{}\"><title>{}: {}</title></circle>",
          x, y, colour, escaped(row.name), short_number(row.values[column]));
    }
  }
  const double y = kTop + 18 * static_cast<double>(index);
  return fmt::format(
      "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>{}\n"
      "<rect x=\"{}\" y=\"{}\" width=\"12\" height=\"12\" fill=\"{}\"/>"
      "<text x=\"{}\" y=\"{}\">{}</text>\n",
      points, colour, dots, kRight + 16, y, colour, kRight + 34, y + 11, escaped(row.name));
}

}  // namespace

std::string tables_svg(const std::vector<MeasuredTable>& tables) {
  const double height = kHeight * static_cast<double>(std::max<std::size_t>(1, tables.size()));
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} "
      "{1}\" font-family=\"sans-serif\" font-size=\"12\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
      kWidth, height);
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const Scale scale = scale_of(tables[i]);
    svg += fmt::format("<g transform=\"translate(0 {})\">\n", kHeight * static_cast<double>(i));
    svg += axes(tables[i], scale);
    for (std::size_t row = 0; row < tables[i].rows.size(); ++row) {
      svg += line_of(tables[i], row, scale);
    }
    svg += "</g>\n";
  }
  return svg + "</svg>\n";
}

}  // namespace heddle::tools
