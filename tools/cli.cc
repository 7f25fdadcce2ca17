// SPDX-License-Identifier: Apache-2.0
// Declares the commands and options with CLI11, and turns every error into one line.
#include "tools/cli.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <exception>
#include <functional>
#include <map>

#include "heddle/nearest_name.h"
#include "heddle/output_file.h"
#include "heddle/parse_options.h"
#include "heddle/report_files.h"
#include "tools/errors.h"
#include "tools/gallery.h"
#include "tools/version.h"

namespace heddle::tools {
namespace {

/// Accepts finite numbers in (0, limit].
CLI::Validator positive_seconds(double limit) {
  return CLI::Validator(
      [limit](std::string& text) -> std::string {
        double value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        const bool whole = error == std::errc() && end == text.data() + text.size();
        if (!whole || !std::isfinite(value) || value <= 0 || value > limit) {
          return fmt::format("\"{}\" is not a number of seconds above 0 and up to {:.0f}", text,
                             limit);
        }
        return {};
      },
      "SECONDS");
}

/// Accepts whole numbers in [lowest, highest], in decimal.
CLI::Validator whole_number(std::uint64_t lowest, std::uint64_t highest) {
  return CLI::Validator(
      [lowest, highest](std::string& text) -> std::string {
        std::uint64_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        const bool whole = error == std::errc() && end == text.data() + text.size();
        if (!whole || value < lowest || value > highest) {
          return fmt::format("\"{}\" is not a whole number from {} to {}", text, lowest, highest);
        }
        return {};
      },
      "N");
}

class Cli {
 public:
  Cli() {
    app_.set_version_flag("--version", fmt::format("heddle {}", kVersion));
    app_.require_subcommand(1);
    CLI::App* const gallery = app_.add_subcommand("gallery", "Buggy programs and their fixes");
    gallery->require_subcommand(1);
    declare_list(*gallery);
    declare_run(*gallery);
    declare_show(*gallery);
    declare_matrix(*gallery);
    declare_tour(*gallery);
    declare_cost(*gallery);
    declare_run_program();
    declare_replay();
    declare_merge();
    declare_report();
  }

  int run(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
      request_.model_given = model_ != nullptr && model_->count() > 0;
      return action_(request_);
    } catch (const CLI::ParseError& error) {
      if (error.get_exit_code() == 0) {
        return app_.exit(error);
      }
      return fail(kExitUsage, explain(error, argc, argv));
    } catch (const UsageError& error) {
      return fail(kExitUsage, error.what());
    } catch (const OutputError& error) {
      return fail(kExitUsage, error.what());
    } catch (const std::exception& error) {
      return fail(kExitInternal, error.what());
    }
  }

 private:
  using Action = int (*)(const Request&);

  CLI::App* command(CLI::App& parent, const char* name, const char* what, Action action) {
    CLI::App* const command = parent.add_subcommand(name, what);
    command->callback([this, action] { action_ = action; });
    const std::map<std::string, ColourChoice> choices = {{"auto", ColourChoice::kAuto},
                                                         {"always", ColourChoice::kAlways},
                                                         {"never", ColourChoice::kNever}};
    command
        ->add_option_function<std::string>(
            "--colour,--color",
            [this, choices](const std::string& name) { request_.colour = choices.at(name); },
            "auto, always or never (default auto: on a terminal)")
        ->check(CLI::IsMember({"auto", "always", "never"}));
    return command;
  }

  void declare_list(CLI::App& gallery) {
    CLI::App* const list = command(gallery, "list", "List the exhibits", gallery_list);
    add_names(*list);
  }

  void declare_run(CLI::App& gallery) {
    CLI::App* const run =
        command(gallery, "run", "Explore exhibits and compare with what they declare", gallery_run);
    add_names(*run);
    add_exploring(*run);
    add_json(*run);
    run->add_option("--catalogue", request_.catalogue,
                    "Write the rows of what is run into the catalogue in this page")
        ->type_name("FILE");
    run->add_option("--check-catalogue", request_.check_catalogue,
                    "Exit code 1 unless this page says what was found, of ThreadSanitizer too")
        ->type_name("FILE");
    add_reports(*run);
  }

  void declare_show(CLI::App& gallery) {
    CLI::App* const show = command(
        gallery, "show", "One exhibit: its story, a failing execution, its fixes", gallery_show);
    add_names(*show)->required();
    add_exploring(*show);
    add_full(*show);
  }

  void declare_matrix(CLI::App& gallery) {
    CLI::App* const matrix = command(
        gallery, "matrix", "What Heddle finds beside what ThreadSanitizer says", gallery_matrix);
    add_names(*matrix);
    add_exploring(*matrix);
    add_json(*matrix);
  }

  void declare_tour(CLI::App& gallery) {
    CLI::App* const tour =
        command(gallery, "tour", "A guided tour: chapters of programs that are run and explored",
                gallery_tour);
    tour->add_option("CHAPTER", request_.names,
                     "list, or a chapter by name or number (default: the first)");
    add_quick(*tour);
    add_full(*tour);
    add_json(*tour);
  }

  void declare_cost(CLI::App& gallery) {
    CLI::App* const cost =
        command(gallery, "cost", "What the fixes cost: throughput with 1, 2, 4 and 8 threads",
                gallery_cost);
    cost->add_option("NAME", request_.names, "An exhibit whose price is measured (default: all)");
    cost->add_option("--svg", request_.svg, "Write a plot to this file; - is stdout")
        ->type_name("FILE");
    add_quick(*cost);
    add_json(*cost);
  }

  void add_quick(CLI::App& command) {
    command.add_flag("--quick", request_.quick,
                     "Measure for moments only: shows that it works, the numbers mean nothing");
  }

  void declare_run_program() {
    CLI::App* const run = command(
        app_, "run", "Explore a whole program: heddle run [options] -- PROGRAM ARGUMENTS...",
        run_program);
    for (const OptionInfo& info : option_infos()) {
      if (info.name != "report") {
        add_text_option(*run, info);
      }
    }
    run->add_flag("--fail-on-exit-status", request_.program.fail_on_exit_status,
                  "An exit status other than 0 is a bug");
    add_isolate(*run, "");
    run->add_flag("--progress", request_.program.progress,
                  "Tell the progress on standard error once a second, terminal or not");
    run->add_flag("--require-complete", request_.program.require_complete,
                  "Exit code 4 also for the verdict bounded");
    add_full(*run);
    add_json(*run);
    add_reports(*run);
    add_program(*run)->required();
  }

  void add_isolate(CLI::App& command, const std::string& prefix) {
    command
        .add_option("--isolate", request_.program.isolate,
                    prefix +
                        "Executions in one process, or in one forked for each; auto (default): "
                        "in one as far as that does")
        ->check(CLI::IsMember({"auto", "process", "fork"}));
  }

  CLI::Option* add_program(CLI::App& command) {
    return command.add_option("PROGRAM", request_.program.words,
                              "The program and its arguments, behind --");
  }

  /// An option that Heddle's own parser reads, by its name with dashes or underscores.
  void add_text_option(CLI::App& command, const OptionInfo& info) {
    std::string dashed = info.name;
    std::replace(dashed.begin(), dashed.end(), '_', '-');
    const std::string names =
        dashed == info.name ? "--" + dashed : fmt::format("--{},--{}", dashed, info.name);
    const auto set = [this, name = info.name](const std::string& value) {
      request_.program.options[name] = value;
    };
    CLI::Option* const option = command.add_option_function<std::string>(names, set, info.help);
    option->type_name(info.argument);
    if (info.argument == "0|1") {
      option->expected(0, 1)->default_str("1");
    }
  }

  void declare_replay() {
    CLI::App* const replay =
        command(app_, "replay", "Run one failing execution again, of a program or the gallery",
                replay_token);
    replay
        ->add_option("TOKEN", request_.token,
                     "TOKEN -- PROGRAM ARGUMENTS..., CLASS/NAME/VARIANT@TOKEN, or TOKEN alone")
        ->required();
    add_program(*replay);
    replay->add_flag("--fail-on-exit-status", request_.program.fail_on_exit_status,
                     "PROGRAM: an exit status other than 0 is a bug");
    add_isolate(*replay, "PROGRAM: ");
    replay->add_flag("--gdb", request_.program.gdb,
                     "PROGRAM: under gdb, which stops at the finding");
    replay->add_flag_callback(
        "--detect-leaks", [this] { request_.program.options["detect_leaks"] = "1"; },
        "PROGRAM: report memory that nothing points to at the end");
    replay->add_option("--exhibit", request_.exhibit,
                       "The exhibit, when the token does not say it");
    replay->add_option("--variant", request_.variant, "Its variant (default buggy)");
    replay->add_option("--timeout", request_.explore.timeout, "Kill it after so long (default 120)")
        ->check(positive_seconds(1e6));
    model_ = add_model(*replay);
    add_full(*replay);
    add_json(*replay);
    add_reports(*replay);
  }

  void declare_merge() {
    CLI::App* const merge =
        command(app_, "merge", "Add up the JSON results of shards: heddle merge a.json b.json",
                merge_reports);
    merge->add_option("FILE", request_.names, "What heddle run --shard --json has written")
        ->required();
    add_full(*merge);
    add_json(*merge);
    add_reports(*merge);
  }

  void declare_report() {
    CLI::App* const report = command(
        app_, "report", "Show JSON results again, or as a page: heddle report a.json --html a.html",
        show_results);
    report
        ->add_option("FILE", request_.names,
                     "What --json or --report json:FILE has written, before")
        ->required();
    add_full(*report);
    add_reports(*report);
  }

  CLI::Option* add_names(CLI::App& command) {
    return command.add_option(
        "NAME", request_.names,
        "A class, an exhibit or a variant: races, lost_update, races/lost_update/mutex");
  }

  CLI::Option* add_model(CLI::App& command) {
    return command.add_option("--model", request_.explore.model, "rc11 or sc")
        ->check(CLI::IsMember({"rc11", "sc"}));
  }

  void add_exploring(CLI::App& command) {
    add_model(command);
    command.add_option("--variant", request_.variant, "Only the variants of this name");
    command.add_option("--executions", request_.explore.executions, "Stop a search after so many")
        ->check(whole_number(1, UINT64_MAX));
    command.add_option("--seconds", request_.explore.seconds, "Stop a search after so long")
        ->check(positive_seconds(1e6));
    command
        .add_option(
            "--timeout", request_.explore.timeout,
            "Limit for one variant; a process that does not end then is killed (default 120)")
        ->check(positive_seconds(1e6));
    command.add_flag("--stop-at-first-bug", request_.explore.stop_at_first_bug,
                     "Stop a search at its first finding");
    command.add_option("--jobs", request_.jobs, "Processes at a time (default 2)")
        ->check(whole_number(1, 256));
    command.add_option("--tsan-runs", request_.tsan.runs, "Runs under ThreadSanitizer (default 3)")
        ->check(whole_number(0, 1000));
    command
        .add_option("--tsan-timeout", request_.tsan.timeout,
                    "After so long such a run counts as hanging (default 2)")
        ->check(positive_seconds(1e6));
    command.add_flag_callback(
        "--no-tsan", [this] { request_.tsan.runs = 0; }, "Do not run under ThreadSanitizer");
  }

  void add_json(CLI::App& command) {
    command.add_option("--json", request_.json, "Write the results to this file; - is stdout")
        ->check(CLI::Validator(
            [](std::string& path) {
              return path.empty() ? std::string("the file needs a name") : std::string();
            },
            "FILE"));
  }

  void add_reports(CLI::App& command) {
    command
        .add_option_function<std::vector<std::string>>(
            "--report",
            [this](const std::vector<std::string>& values) {
              for (const std::string& value : values) {
                add_report(value);
              }
            },
            "Also write the results as text, json, html, sarif, junit or dot to FILE, which may be "
            "repeated; a FILE that ends in / is a folder")
        ->type_name("FORM:FILE")
        ->allow_extra_args(false);
    command
        .add_option_function<std::string>(
            "--html", [this](const std::string& path) { add_report("html:" + path); },
            "The same as --report html:FILE: a page with timelines to step through")
        ->type_name("FILE");
  }

  void add_report(const std::string& value) {
    try {
      request_.reports.push_back(parse_report_file(value));
    } catch (const std::invalid_argument& error) {
      throw UsageError(error.what());
    }
  }

  void add_full(CLI::App& command) {
    command.add_flag("--full", request_.full, "Every step of a failing execution");
  }

  static int fail(int code, const std::string& reason) {
    std::string line = reason.substr(0, reason.find('\n'));
    fmt::print(stderr, "heddle: {}\n", line);
    return code;
  }

  /// The innermost command that the arguments named.
  const CLI::App& named_command() const {
    const CLI::App* command = &app_;
    while (!command->get_subcommands().empty()) {
      command = command->get_subcommands().back();
    }
    return *command;
  }

  /// One line for a parse error, with the nearest name where a name is unknown.
  std::string explain(const CLI::ParseError& error, int argc, char** argv) const {
    const CLI::App& command = named_command();
    const std::vector<std::string> options = option_names(command);
    std::vector<std::string> commands;
    for (const CLI::App* sub : command.get_subcommands({})) {
      commands.push_back(sub->get_name());
    }
    bool past_command = &command == &app_;
    for (int i = 1; i < argc; ++i) {
      const std::string word = argv[i];
      const std::string name = word.substr(0, word.find('='));
      if (word == "--") {
        break;
      }
      if (is_option(name)) {
        if (std::find(options.begin(), options.end(), name) == options.end()) {
          return unknown("option", name, options);
        }
      } else if (past_command && !commands.empty()) {
        return unknown("command", word, commands);
      }
      past_command = past_command || word == command.get_name();
    }
    if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr && !commands.empty()) {
      return fmt::format("a command is needed: {}", fmt::join(commands, ", "));
    }
    return error.what();
  }

  /// "--name" or "-n"; not "-", and not a negative number.
  static bool is_option(const std::string& word) {
    return word.size() > 1 && word[0] == '-' && std::strchr("0123456789.", word[1]) == nullptr;
  }

  static std::string unknown(const char* what, const std::string& name,
                             const std::vector<std::string>& candidates) {
    const std::optional<std::string> nearest = nearest_name(name, candidates);
    return fmt::format("unknown {} \"{}\"{}", what, name,
                       nearest ? fmt::format("; did you mean \"{}\"?", *nearest) : "; see --help");
  }

  static std::vector<std::string> option_names(const CLI::App& command) {
    std::vector<std::string> names;
    for (const CLI::Option* option : command.get_options()) {
      for (const std::string& name : option->get_lnames()) {
        names.push_back("--" + name);
      }
      for (const std::string& name : option->get_snames()) {
        names.push_back("-" + name);
      }
    }
    return names;
  }

  CLI::App app_{"Explores every execution of a concurrent C++ program.", "heddle"};
  Request request_;
  CLI::Option* model_ = nullptr;
  Action action_ = nullptr;
};

}  // namespace

int run_cli(int argc, char** argv) {
  try {
    return Cli().run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "heddle: {}\n", error.what());
    return kExitInternal;
  }
}

}  // namespace heddle::tools
