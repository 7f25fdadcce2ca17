// SPDX-License-Identifier: Apache-2.0
// Options from text. One table names every option with its field; its type says what may be
// written.
#include "heddle/parse_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <variant>

#include "heddle/nearest_name.h"
#include "heddle/report_files.h"

namespace heddle {
namespace {

using Field =
    std::variant<std::uint64_t*, std::uint32_t*, double*, bool*, Model*, SearchKind*, Timeouts*,
                 AfterRace*, Choices*, Shard*, std::string*, std::vector<ReportFile>*>;

struct Entry {
  const char* name;
  Field (*field)(Options&);
  const char* help;
};

#define HEDDLE_FIELD(member) [](Options& options) -> Field { return &options.member; }
constexpr Entry kEntries[] = {
    {"search", HEDDLE_FIELD(search),
     "every execution; cycles of states; drawn ones; schedules with few preemptions; auto: the "
     "first, "
     "and a portfolio if half of the limits does not do"},
    {"model", HEDDLE_FIELD(model), "the memory model"},
    {"executions", HEDDLE_FIELD(limits.executions), "stop after so many executions; 0: no limit"},
    {"seconds", HEDDLE_FIELD(limits.seconds), "stop after so long; 0: no limit"},
    {"seconds_after_race", HEDDLE_FIELD(limits.seconds_after_race),
     "after_race=promote: stop so long after the first race; 0: no limit"},
    {"events", HEDDLE_FIELD(limits.events), "stop after so many events in all; 0: no limit"},
    {"memory", HEDDLE_FIELD(limits.memory),
     "stop when the process takes so many bytes; 0: no limit"},
    {"events_per_execution", HEDDLE_FIELD(limits.events_per_execution),
     "cut an execution after so many visible operations"},
    {"threads", HEDDLE_FIELD(limits.threads), "most threads of one execution, at most 64"},
    {"quiet_seconds", HEDDLE_FIELD(limits.quiet_seconds),
     "a body silent for so long is stuck in something unseen"},
    {"stop_at_first_bug", HEDDLE_FIELD(stop_at_first_bug), "end the search at its first finding"},
    {"after_race", HEDDLE_FIELD(after_race),
     "stop, or promote: explore racing accesses as events, to show what they lead to"},
    {"detect_leaks", HEDDLE_FIELD(detect_leaks), "report memory that nothing points to at the end"},
    {"suppressions", HEDDLE_FIELD(suppressions),
     "a file in ThreadSanitizer's format: what it matches is counted and not reported"},
    {"spurious_wakeups", HEDDLE_FIELD(spurious_wakeups), "waits may wake without a notification"},
    {"timeout_policy", HEDDLE_FIELD(timeouts),
     "timed waits may expire at any moment, or only when nothing else can run"},
    {"failed_rounds", HEDDLE_FIELD(bounds.failed_rounds),
     "bound: failed rounds of a retry loop, a thread and place"},
    {"try_lock_rounds", HEDDLE_FIELD(bounds.try_lock_rounds),
     "bound: failed try_lock rounds, a thread and place"},
    {"spurious", HEDDLE_FIELD(bounds.spurious), "bound: spurious wake-ups, a thread and place"},
    {"timeouts", HEDDLE_FIELD(bounds.timeouts), "bound: expired waits, a thread and place"},
    {"reduce_library_spins", HEDDLE_FIELD(reduce_library_spins),
     "of libstdc++'s spin before a wait explore two rounds only"},
    {"checkpoints_after", HEDDLE_FIELD(checkpoints.after),
     "keep states of the program after so many executions; 0: never"},
    {"checkpoints_apart", HEDDLE_FIELD(checkpoints.apart),
     "events between two kept states; 0: by their cost"},
    {"explain", HEDDLE_FIELD(explain),
     "look for the nearest execution that passes, to show what decides"},
    {"trust_libraries", HEDDLE_FIELD(checkpoints.trust_libraries),
     "libraries that are not instrumented keep and order nothing that matters"},
    {"states", HEDDLE_FIELD(cycles.states), "search=cycles: most states; 0: no limit"},
    {"bytes", HEDDLE_FIELD(cycles.bytes), "search=cycles: memory for them; 0: no limit"},
    {"fair_locks", HEDDLE_FIELD(cycles.fair_locks),
     "search=cycles: who waits for a lock gets it at some time"},
    {"choices", HEDDLE_FIELD(cycles.choices),
     "search=cycles: a cycle takes the default of a choice, or all outcomes"},
    {"priorities", HEDDLE_FIELD(cycles.priorities),
     "search=cycles: only the most urgent thread runs"},
    {"seed", HEDDLE_FIELD(sampling.seed), "drawing searches: where random numbers begin"},
    {"samples", HEDDLE_FIELD(sampling.executions),
     "drawing searches: executions; 0: as many as other limits allow"},
    {"depth", HEDDLE_FIELD(sampling.depth), "search=pct: ordering constraints of a bug; from 1"},
    {"length", HEDDLE_FIELD(sampling.length), "search=pct: events of an execution; 0: as seen"},
    {"bound", HEDDLE_FIELD(sampling.bound),
     "search=preemptions, delays, portfolio: most of them in an execution"},
    {"reduce", HEDDLE_FIELD(sampling.reduce),
     "drawing searches: runs spent to simplify a failing schedule"},
    {"estimate", HEDDLE_FIELD(sampling.estimate),
     "drawing searches: random runs spent to tell how likely a bug is; 0: and no estimate of any "
     "other search"},
    {"report", HEDDLE_FIELD(reports),
     "also write the result to a file, as text, json, html, sarif, junit or dot; may be repeated"},
    {"jobs", HEDDLE_FIELD(jobs), "processes that explore together, at most 256"},
    {"shard", HEDDLE_FIELD(shard), "explore only this part, counted from 0; heddle merge adds up"},
    {"checkpoint", HEDDLE_FIELD(checkpoint_file),
     "a file to keep what was found and what is left in, about once a second"},
    {"resume", HEDDLE_FIELD(resume_file), "go on from a checkpoint of the same program"},
};
#undef HEDDLE_FIELD

template <class Enum>
struct Word {
  Enum value;
  std::string_view word;
};

constexpr Word<Model> kModels[] = {{Model::kRc11, "rc11"}, {Model::kSc, "sc"}};
constexpr Word<SearchKind> kSearches[] = {{SearchKind::kExhaustive, "exhaustive"},
                                          {SearchKind::kCycles, "cycles"},
                                          {SearchKind::kRandom, "random"},
                                          {SearchKind::kPct, "pct"},
                                          {SearchKind::kPos, "pos"},
                                          {SearchKind::kSurw, "surw"},
                                          {SearchKind::kPreemptions, "preemptions"},
                                          {SearchKind::kDelays, "delays"},
                                          {SearchKind::kPortfolio, "portfolio"},
                                          {SearchKind::kAuto, "auto"}};
constexpr Word<Timeouts> kTimeouts[] = {{Timeouts::kAdversarial, "adversarial"},
                                        {Timeouts::kIdle, "idle"}};
constexpr Word<AfterRace> kAfterRace[] = {{AfterRace::kStop, "stop"},
                                          {AfterRace::kPromote, "promote"}};
constexpr Word<Choices> kChoices[] = {{Choices::kDefault, "default"}, {Choices::kRandom, "random"}};

const auto& words_of(Model) { return kModels; }
const auto& words_of(SearchKind) { return kSearches; }
const auto& words_of(Timeouts) { return kTimeouts; }
const auto& words_of(AfterRace) { return kAfterRace; }
const auto& words_of(Choices) { return kChoices; }

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole ? std::optional(value) : std::nullopt;
}

/// Sets a field; says what was expected if the text is something else, and nothing otherwise.
struct Assign {
  std::string_view text;

  template <class Number>
  requires std::is_integral_v<Number> std::string operator()(Number* field) const {
    const std::optional<Number> value = number_of<Number>(text);
    *field = value.value_or(*field);
    return value ? "" : fmt::format("a whole number from 0 to {}", static_cast<Number>(-1));
  }
  std::string operator()(double* field) const {
    const std::optional<double> value = number_of<double>(text);
    const bool fits = value && std::isfinite(*value) && *value >= 0;
    *field = fits ? *value : *field;
    return fits ? "" : "a number of seconds, not negative";
  }
  std::string operator()(bool* field) const {
    const bool yes = text == "1" || text == "true" || text == "yes" || text == "on";
    const bool no = text == "0" || text == "false" || text == "no" || text == "off";
    *field = yes || (*field && !no);
    return yes || no ? "" : "0 or 1";
  }
  std::string operator()(std::string* field) const {
    *field = text;
    return "";
  }
  std::string operator()(std::vector<ReportFile>* field) const {
    if (text == "none") {
      field->clear();
    } else {
      field->push_back(parse_report_file(text));
    }
    return "";
  }
  std::string operator()(Shard* field) const {
    const std::size_t slash = text.find('/');
    const auto index = number_of<std::uint32_t>(text.substr(0, slash));
    const auto count = slash == std::string_view::npos
                           ? std::nullopt
                           : number_of<std::uint32_t>(text.substr(slash + 1));
    const bool fits = index && count && *index < *count;
    *field = fits ? Shard{*index, *count} : *field;
    return fits ? "" : "INDEX/COUNT with an index from 0, below the count: 0/4, 1/4, 2/4, 3/4";
  }
  template <class Enum>
  requires std::is_enum_v<Enum> std::string operator()(Enum* field) const {
    std::vector<std::string_view> words;
    for (const auto& [value, word] : words_of(Enum{})) {
      if (word == text) {
        *field = value;
        return "";
      }
      words.push_back(word);
    }
    return fmt::format("one of {}", fmt::join(words, ", "));
  }
};

struct Show {
  template <class Number>
  std::string operator()(const Number* field) const {
    return fmt::format("{}", *field);
  }
  std::string operator()(const bool* field) const { return *field ? "1" : "0"; }
  std::string operator()(const std::string* field) const { return *field; }
  std::string operator()(const std::vector<ReportFile>*) const { return "none"; }
  std::string operator()(const Shard* field) const {
    return fmt::format("{}/{}", field->index, field->count);
  }
  template <class Enum>
  requires std::is_enum_v<Enum> std::string operator()(Enum* field) const {
    const auto& words = words_of(Enum{});
    const auto is_it = [&](const auto& word) { return word.value == *field; };
    return std::string(std::find_if(std::begin(words), std::end(words), is_it)->word);
  }
};

struct Argument {
  std::string operator()(const std::uint64_t*) const { return "N"; }
  std::string operator()(const std::uint32_t*) const { return "N"; }
  std::string operator()(const double*) const { return "SECONDS"; }
  std::string operator()(const bool*) const { return "0|1"; }
  std::string operator()(const std::string*) const { return "FILE"; }
  std::string operator()(const std::vector<ReportFile>*) const { return "FORM:FILE"; }
  std::string operator()(const Shard*) const { return "INDEX/COUNT"; }
  template <class Enum>
  requires std::is_enum_v<Enum> std::string operator()(Enum*) const {
    std::vector<std::string_view> words;
    for (const auto& word : words_of(Enum{})) {
      words.push_back(word.word);
    }
    return fmt::format("{}", fmt::join(words, "|"));
  }
};

[[noreturn]] void throw_unknown(std::string_view name, const std::vector<std::string>& others) {
  std::vector<std::string> names = others;
  for (const Entry& entry : kEntries) {
    names.emplace_back(entry.name);
  }
  const std::optional<std::string> nearest = nearest_name(name, names);
  throw std::invalid_argument(
      nearest ? fmt::format("unknown option \"{}\"; did you mean \"{}\"?", name, *nearest)
              : fmt::format("unknown option \"{}\"; there are {}", name, fmt::join(names, ", ")));
}

bool separates(char c) { return std::string_view(":, \t\r\n").find(c) != std::string_view::npos; }

/// What `text` begins with up to a separator, removed from it; quotes are taken off.
std::string_view take_word(std::string_view& text, std::string_view name) {
  if (!text.empty() && (text[0] == '"' || text[0] == '\'')) {
    const std::size_t end = text.find(text[0], 1);
    if (end == std::string_view::npos) {
      throw std::invalid_argument(fmt::format("option \"{}\": a quote is not closed", name));
    }
    const std::string_view value = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    return value;
  }
  const std::size_t size = std::find_if(text.begin(), text.end(), separates) - text.begin();
  const std::string_view value = text.substr(0, size);
  text.remove_prefix(size);
  return value;
}

/// The value of an option, removed from `text`; that of `report` has the form FORM:FILE, where FILE
/// may be quoted.
std::string take_value(std::string_view& text, std::string_view name) {
  std::string value(take_word(text, name));
  const bool has_file = name == "report" && text.starts_with(':');
  if (has_file && value.find(':') == std::string::npos) {
    text.remove_prefix(1);
    value += ":" + std::string(take_word(text, name));
  }
  return value;
}

}  // namespace

std::vector<OptionInfo> option_infos() {
  Options defaults;
  std::vector<OptionInfo> infos;
  for (const Entry& entry : kEntries) {
    const Field field = entry.field(defaults);
    infos.push_back(
        {entry.name, std::visit(Argument(), field), std::visit(Show(), field), entry.help});
  }
  return infos;
}

std::string_view name_of(SearchKind search) {
  return std::find_if(std::begin(kSearches), std::end(kSearches),
                      [&](const auto& word) { return word.value == search; })
      ->word;
}

void parse_option(std::string_view name, std::string_view value, Options& options,
                  const std::vector<std::string>& other_names) {
  const auto named = [name](const Entry& entry) { return entry.name == name; };
  const Entry* entry = std::find_if(std::begin(kEntries), std::end(kEntries), named);
  if (entry == std::end(kEntries)) {
    throw_unknown(name, other_names);
  }
  const std::string expected = std::visit(Assign{value}, entry->field(options));
  if (!expected.empty()) {
    throw std::invalid_argument(
        fmt::format("option \"{}\": \"{}\" is not {}", name, value, expected));
  }
}

void parse_options(std::string_view text, Options& options) {
  while (true) {
    text.remove_prefix(std::find_if_not(text.begin(), text.end(), separates) - text.begin());
    if (text.empty()) {
      return;
    }
    const auto ends_name = [](char c) { return c == '=' || separates(c); };
    const std::size_t size = std::find_if(text.begin(), text.end(), ends_name) - text.begin();
    const std::string_view name = text.substr(0, size);
    text.remove_prefix(size);
    std::string value = "1";
    if (!text.empty() && text[0] == '=') {
      text.remove_prefix(1);
      value = take_value(text, name);
    }
    parse_option(name, value, options);
  }
}

void parse_options_of_environment(Options& options) {
  const char* const text = std::getenv("HEDDLE_OPTIONS");
  if (text == nullptr) {
    return;
  }
  try {
    parse_options(text, options);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(fmt::format("HEDDLE_OPTIONS: {}", error.what()));
  }
}

std::string options_help(std::string_view prefix) {
  std::string help;
  for (const OptionInfo& info : option_infos()) {
    help += fmt::format("  {}{}={}\n      {} (default {})\n", prefix, info.name, info.argument,
                        info.help, info.default_value);
  }
  return help;
}

}  // namespace heddle
