// SPDX-License-Identifier: Apache-2.0
// The gallery's tour as its runner tells it (`heddle-gallery-tour`): chapters, steps and measured
// programs, and what a program measured. See bugs/tour/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace heddle::tools {

enum class StepKind { kMeasure, kExplore, kOutcomes, kReplay, kCompare };

struct TourStep {
  StepKind kind = StepKind::kMeasure;
  std::string kind_name;
  std::string subject;  ///< A program, or an exhibit, or a variant; see bugs/tour/chapters.h.
  std::string title;
  std::string watch;
  std::vector<std::string> go_on;
};

struct TourChapter {
  std::string name;
  std::string title;
  std::string text;
  std::vector<TourStep> steps;
};

/// A program of which `heddle gallery cost` is made if it has exhibits.
struct TourProgram {
  std::string name;
  std::string title;
  std::vector<std::string> exhibits;
};

struct Tour {
  std::vector<TourChapter> chapters;
  std::vector<TourProgram> programs;
};

struct MeasuredRow {
  std::string name;
  std::vector<double> values;
  std::string exhibit;  ///< Where this way is explored, or empty.
};

struct MeasuredTable {
  std::string title;
  std::string unit;
  bool more_is_better = false;
  std::vector<std::string> columns;
  std::vector<MeasuredRow> rows;  ///< Each with as many values as there are columns.
};

/// Read the runner's answers. Throw InternalError when they are none.
Tour parse_tour(std::string_view json);
std::vector<MeasuredTable> parse_tables(std::string_view json);

/// The runner's executable, beside the gallery's.
class TourRunner {
 public:
  /// Throws UsageError if it is not there.
  TourRunner();

  Tour list() const;
  /// Runs one program. `quick`: so short that the numbers mean nothing. Throws InternalError.
  std::vector<MeasuredTable> measure(const std::string& program, bool quick) const;

 private:
  std::string answer(const std::vector<std::string>& arguments) const;

  std::string path_;
};

}  // namespace heddle::tools
