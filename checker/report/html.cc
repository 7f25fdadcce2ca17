// SPDX-License-Identifier: Apache-2.0
// The data of the HTML report as JSON, put into the page of html/. Names of fields are short,
// because there are many steps: t thread, w what, o object, v value, n note, r reads from, m comes
// after in modification order, h happens after, i important, b blocked, s stack.
#include "heddle/html.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "checker/report/entries.h"
#include "checker/report/grouped.h"
#include "checker/report/html_assets.h"
#include "checker/report/html_sources.h"
#include "heddle/explain.h"

namespace heddle {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostOutcomes = 1000;

class PageData {
 public:
  Json write(const HtmlSite& site) {
    Json page = {{"title", site.title},
                 {"version", HEDDLE_VERSION},
                 {"summary", site.summary},
                 {"other_tool", site.other_tool},
                 {"programs", Json::array()}};
    for (const HtmlProgram& program : site.programs) {
      page["programs"].push_back(write(program));
    }
    sources_.write(&page);
    return page;
  }

 private:
  Json write(const HtmlProgram& program) {
    Json json = {{"group", program.group},        {"name", program.name},
                 {"title", program.title},        {"story", program.story},
                 {"facts", facts(program.facts)}, {"variants", Json::array()},
                 {"attempts", Json::array()}};
    std::map<std::string, std::vector<std::size_t>> shown_as;
    for (const HtmlVariant& variant : program.variants) {
      json["variants"].push_back(write(variant, &shown_as[variant.name]));
    }
    for (const HtmlAttempt& attempt : program.attempts) {
      const std::vector<std::size_t>& places = shown_as[attempt.failing];
      if (attempt.finding < places.size() && first_of_group(places, attempt.finding)) {
        json["attempts"].push_back(write(attempt, places[attempt.finding]));
      }
    }
    return json;
  }

  static bool first_of_group(const std::vector<std::size_t>& places, std::size_t finding) {
    const auto first = std::find(places.begin(), places.end(), places[finding]);
    return static_cast<std::size_t>(first - places.begin()) == finding;
  }

  static Json facts(const std::vector<std::pair<std::string, std::string>>& pairs) {
    Json json = Json::array();
    for (const auto& [name, text] : pairs) {
      if (!text.empty()) {
        json.push_back({name, text});
      }
    }
    return json;
  }

  /// `shown_as` gets, for each finding, its place among those that are shown.
  Json write(const HtmlVariant& variant, std::vector<std::size_t>* shown_as) {
    return {{"name", variant.name},
            {"bug", variant.is_bug},
            {"facts", facts(variant.facts)},
            {"other", variant.other_tool},
            {"expected", variant.as_expected},
            {"problems", variant.problems},
            {"diff", variant.difference},
            {"report", write(variant.report, variant.replays, shown_as)}};
  }

  Json write(const Report& report, const std::vector<std::string>& replays,
             std::vector<std::size_t>* shown_as) {
    Json json = {{"verdict", to_string(report.verdict)},
                 {"search", report.search},
                 {"model", report.model},
                 {"executions", report.executions},
                 {"deadlocked", report.deadlocked},
                 {"blocked", report.blocked},
                 {"states", report.states},
                 {"transitions", report.transitions},
                 {"seconds", report.seconds},
                 {"complete", report.complete},
                 {"bounds", report.bounds},
                 {"assumptions", report.assumptions},
                 {"warnings", report.warnings},
                 {"waits", waits(report.wait_bounds)},
                 {"outcomes", outcomes(report.outcomes)},
                 {"findings", Json::array()}};
    std::map<std::string, std::size_t> groups;
    Json& findings = json["findings"];
    for (std::size_t i = 0; i < report.findings.size(); ++i) {
      const Finding& finding = report.findings[i];
      const auto [group, inserted] =
          groups.try_emplace(heddle::report::cause_key(finding), groups.size());
      shown_as->push_back(group->second);
      if (inserted) {
        findings.push_back(write(finding));
        findings.back()["replay"] = i < replays.size() ? replays[i] : finding.token;
      } else {
        Json& count = findings[group->second]["count"];
        count = count.get<std::uint64_t>() + 1;
      }
    }
    return json;
  }

  static Json waits(const std::vector<WaitBound>& bounds) {
    Json json = Json::array();
    for (const WaitBound& bound : bounds) {
      const std::string bypasses =
          bound.bounded ? fmt::format("at most {} times", bound.bypasses) : "any number of times";
      json.push_back(fmt::format("while {} waits for {}, others get it {}", bound.thread,
                                 bound.object, bypasses));
    }
    return json;
  }

  static Json pairs(const std::vector<OutcomeValue>& values) {
    Json json = Json::array();
    for (const OutcomeValue& value : values) {
      json.push_back({value.name, value.value});
    }
    return json;
  }

  static Json outcomes(const std::vector<Outcome>& outcomes) {
    Json json = Json::array();
    for (std::size_t i = 0; i < std::min(outcomes.size(), kMostOutcomes); ++i) {
      json.push_back({{"values", pairs(outcomes[i].values)}, {"count", outcomes[i].count}});
    }
    return json;
  }

  Json write(const Finding& finding) {
    Json json = {{"kind", to_string(finding.kind)}, {"message", finding.message},
                 {"count", std::uint64_t{1}},       {"wrong", what_went_wrong(finding)},
                 {"fix", what_would_fix(finding)},  {"participants", Json::array()},
                 {"trace", trace(finding.trace)},   {"token", finding.token}};
    if (finding.cause != DeadlockCause::kNone) {
      json["cause"] = to_string(finding.cause);
    }
    for (const Participant& part : finding.participants) {
      Json one = {{"t", part.thread}, {"w", part.what}};
      add_stack(part.stack, &one);
      json["participants"].push_back(std::move(one));
    }
    if (finding.cycle_from >= 0) {
      json["cycle"] = finding.cycle_from;
    }
    if (!finding.outcome.empty()) {
      json["outcome"] = pairs(finding.outcome);
    }
    if (!finding.output.empty()) {
      json["output"] = finding.output;
    }
    if (!finding.decision.message.empty()) {
      json["d"] = write(finding.decision);
    }
    return json;
  }

  Json write(const Decision& decision) {
    Json json = {{"message", decision.message}, {"passing", trace(decision.passing)}};
    if (decision.step >= 0) {
      json["step"] = decision.step;
    }
    if (decision.passing_step >= 0) {
      json["passing_step"] = decision.passing_step;
    }
    return json;
  }

  Json write(const HtmlAttempt& attempt, std::size_t finding) {
    Json stops = Json::array();
    for (const AttemptStop& stop : attempt.attempt.stops) {
      stops.push_back({{"wanted", stop.wanted}, {"message", stop.message}});
      if (stop.step >= 0) {
        stops.back()["step"] = stop.step;
      }
    }
    return {{"variant", attempt.variant},
            {"failing", attempt.failing},
            {"finding", finding},
            {"trace", trace(attempt.attempt.trace)},
            {"follows", attempt.attempt.follows},
            {"stops", std::move(stops)},
            {"wanted", attempt.attempt.wanted},
            {"followed", attempt.attempt.followed},
            {"end", attempt.attempt.end}};
  }

  Json trace(const std::vector<TraceStep>& steps) {
    Json json = Json::array();
    for (const TraceStep& step : steps) {
      json.push_back(write(step, steps.size()));
    }
    return json;
  }

  Json write(const TraceStep& step, std::size_t count) {
    Json json = {{"t", step.thread}, {"w", step.what}};
    const auto text = [&](const char* name, const std::string& value) {
      if (!value.empty()) {
        json[name] = value;
      }
    };
    const auto index = [&](const char* name, std::int64_t at) {
      if (at >= 0 && at < static_cast<std::int64_t>(count)) {
        json[name] = at;
      }
    };
    text("o", step.object);
    text("v", step.value);
    text("n", step.note);
    index("r", step.reads_from);
    index("m", step.overwrites);
    for (const std::int64_t from : step.happens_after) {
      if (from >= 0 && from < static_cast<std::int64_t>(count)) {
        json["h"].push_back(from);
      }
    }
    if (step.important) {
      json["i"] = true;
    }
    if (step.note.find("blocks here") != std::string::npos) {
      json["b"] = true;
    }
    add_stack(step.stack, &json);
    return json;
  }

  void add_stack(const std::vector<Frame>& stack, Json* json) {
    if (const std::int64_t number = sources_.stack(stack); number >= 0) {
      (*json)["s"] = number;
    }
  }

  report::HtmlSources sources_;
};

/// For a script element: no "<" that could end it.
std::string embedded(const Json& page) {
  const std::string text = page.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string result;
  result.reserve(text.size() + text.size() / 16);
  for (const char c : text) {
    if (c == '<') {
      result += "\\u003c";
    } else {
      result += c;
    }
  }
  return result;
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    result += c == '<' ? "&lt;" : c == '&' ? "&amp;" : std::string(1, c);
  }
  return result;
}

}  // namespace

std::string to_html(const HtmlSite& site) {
  std::string result;
  std::string_view page = report::kHtmlPage;
  const Json data = PageData().write(site);
  // The title in the JSON is UTF-8 whatever it was.
  const std::string title =
      Json::parse(Json(site.title).dump(-1, ' ', false, Json::error_handler_t::replace));
  const std::vector<std::pair<std::string_view, std::string>> parts = {
      {"@TITLE@", escaped(title)},
      {"@STYLE@", report::kHtmlStyle},
      {"@DATA@", embedded(data)},
      {"@SCRIPT@", report::kHtmlScript}};
  for (const auto& [mark, text] : parts) {
    const std::size_t at = page.find(mark);
    result += page.substr(0, at);
    result += text;
    page.remove_prefix(at + mark.size());
  }
  result += page;
  return result;
}

std::string to_html(const std::vector<ReportEntry>& entries) {
  HtmlSite site;
  site.title = entries.size() == 1 ? report::title_of(entries[0]) : "Heddle";
  for (const ReportEntry& entry : entries) {
    HtmlVariant variant;
    variant.report = entry.report;
    variant.is_bug = entry.report.verdict == Verdict::kBug;
    variant.as_expected = !has_failed(entry);
    variant.problems = entry.complaints;
    variant.replays = entry.replays;
    HtmlProgram program;
    program.group = entry.suite;
    program.name = entry.name;
    program.variants.push_back(std::move(variant));
    site.programs.push_back(std::move(program));
  }
  return to_html(site);
}

}  // namespace heddle
