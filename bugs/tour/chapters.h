// SPDX-License-Identifier: Apache-2.0
// The tour: chapters in the order in which the subject is taught, each of a few steps. A step names
// a program that is run, or an exhibit that is explored, and says what to watch. What it shows is
// what comes out: no output stands here.
#pragma once

#include <string>
#include <vector>

namespace tour {

/// What is done with the subject of a step.
enum class Kind {
  kMeasure,   ///< A program of bugs/tour/ is run; its tables are shown.
  kExplore,   ///< A variant is explored; its verdict and a failing execution are shown.
  kOutcomes,  ///< A variant is explored; all its distinct outcomes are counted.
  kReplay,    ///< A variant is explored to its first bug, which is replayed several times.
  kCompare,   ///< All variants of an exhibit are explored: what fails in the bug and in each fix.
};

struct Step {
  Kind kind;
  std::string subject;  ///< "cashiers"; "races/lost_update/buggy"; for kCompare without a variant.
  std::string title;
  std::string watch;               ///< What to look for in what is shown.
  std::vector<std::string> go_on;  ///< Exhibits to go on with.
};

struct Chapter {
  std::string name;
  std::string title;
  std::string text;  ///< A paragraph: what the chapter is about.
  std::vector<Step> steps;
};

/// In the order of the tour.
const std::vector<Chapter>& chapters();

/// "measure", "explore", "outcomes", "replay", "compare".
std::string name_of(Kind kind);

}  // namespace tour
