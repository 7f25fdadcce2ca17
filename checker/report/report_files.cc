// SPDX-License-Identifier: Apache-2.0
// The forms of report files, and where they go.
#include "heddle/report_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>

#include "checker/report/entries.h"
#include "checker/report/grouped.h"
#include "checker/report/source_root.h"
#include "checker/report/utf8.h"
#include "heddle/html.h"
#include "heddle/nearest_name.h"
#include "heddle/output_file.h"

namespace heddle {
namespace {

namespace fs = std::filesystem;

/// As on a terminal, with how to replay; findings of one cause once.
std::string to_text_file(const std::vector<ReportEntry>& entries, const std::string&) {
  std::string text;
  for (const ReportEntry& entry : entries) {
    Report shown = entry.report;
    shown.findings.clear();
    for (const report::FindingGroup& group : report::grouped(entry.report.findings)) {
      Finding finding = entry.report.findings[group.first];
      if (group.first < entry.replays.size()) {
        finding.token = entry.replays[group.first];
      }
      if (group.count > 1) {
        finding.message += fmt::format(" ({} more of this cause)", group.count - 1);
      }
      shown.findings.push_back(std::move(finding));
    }
    text += entries.size() > 1 ? fmt::format("== {}\n", report::title_of(entry)) : "";
    text += to_text(shown);
    for (const std::string& complaint : entry.complaints) {
      text += fmt::format("  failed: {}\n", complaint);
    }
    text += entries.size() > 1 ? "\n" : "";
  }
  return report::valid_utf8(text);
}

/// The report; of several entries an object with their names.
std::string to_json_file(const std::vector<ReportEntry>& entries, const std::string&) {
  if (entries.size() == 1) {
    return to_json(entries[0].report, 2) + "\n";
  }
  using Json = nlohmann::ordered_json;
  Json list = Json::array();
  for (const ReportEntry& entry : entries) {
    list.push_back({{"suite", entry.suite},
                    {"name", entry.name},
                    {"failed", has_failed(entry)},
                    {"report", Json::parse(to_json(entry.report))}});
  }
  const Json all = {{"format", kJsonFormat}, {"heddle", HEDDLE_VERSION}, {"entries", list}};
  return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

struct Form {
  ReportForm form;
  std::string_view name;
  std::string_view extension;
  std::string (*render)(const std::vector<ReportEntry>&, const std::string& source_root);
};

constexpr std::array<Form, 6> kForms{{
    {ReportForm::kText, "text", ".txt", to_text_file},
    {ReportForm::kJson, "json", ".json", to_json_file},
    {ReportForm::kHtml, "html", ".html",
     [](const std::vector<ReportEntry>& entries, const std::string&) { return to_html(entries); }},
    {ReportForm::kSarif, "sarif", ".sarif", to_sarif},
    {ReportForm::kJunit, "junit", ".xml", to_junit},
    {ReportForm::kDot, "dot", ".dot",
     [](const std::vector<ReportEntry>& entries, const std::string&) { return to_dot(entries); }},
}};

const Form& row_of(ReportForm form) {
  return *std::find_if(kForms.begin(), kForms.end(),
                       [form](const Form& row) { return row.form == form; });
}

bool is_folder(const ReportFile& wanted) { return wanted.path.ends_with('/'); }

}  // namespace

std::string_view to_string(ReportForm form) { return row_of(form).name; }

ReportFile parse_report_file(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  std::vector<std::string> names;
  for (const Form& form : kForms) {
    names.emplace_back(form.name);
    if (form.name == name && colon != std::string_view::npos && colon + 1 < text.size()) {
      return {form.form, std::string(text.substr(colon + 1))};
    }
  }
  if (std::find(names.begin(), names.end(), name) != names.end()) {
    throw std::invalid_argument(
        fmt::format("option \"report\": \"{}\" names no file; write report={}:FILE", text, name));
  }
  const auto nearest = nearest_name(std::string(name), names);
  throw std::invalid_argument(
      fmt::format("option \"report\": \"{}\" is not FORM:FILE; {}", text,
                  nearest ? fmt::format("did you mean \"{}\"?", *nearest)
                          : fmt::format("the forms are {}", fmt::join(names, ", "))));
}

std::string path_of(const ReportFile& wanted, std::string_view subject) {
  if (!is_folder(wanted)) {
    return wanted.path;
  }
  std::string name(subject.empty() ? "report" : subject);
  std::replace_if(
      name.begin(), name.end(),
      [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x80 && std::isalnum(byte) == 0 && c != '.' && c != '-' && c != '_';
      },
      '_');
  return wanted.path + name + std::string(row_of(wanted.form).extension);
}

std::string render(ReportForm form, const std::vector<ReportEntry>& entries) {
  return row_of(form).render(entries, report::source_root());
}

void write_report_file(const ReportFile& wanted, std::string_view subject,
                       const std::vector<ReportEntry>& entries) {
  const std::string path = path_of(wanted, subject);
  if (is_folder(wanted)) {
    std::error_code error;  // What is wrong with the folder is said when the file is written.
    fs::create_directories(wanted.path, error);
  }
  OutputFile(path).write(render(wanted.form, entries));
}

}  // namespace heddle
