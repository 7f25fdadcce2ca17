// SPDX-License-Identifier: Apache-2.0
// Parts as JSON, and files of them.
#include "checker/explore_part.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "checker/base/mutant.h"
#include "checker/explore_member.h"
#include "checker/explore_sampling.h"
#include "checker/runtime/process_state.h"
#include "checker/runtime/program.h"
#include "heddle/parse_options.h"

namespace heddle {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kVersion = 2;
constexpr std::string_view kMagic = "heddle-checkpoint";

std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) {
    hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3ULL;
  }
  return hash;
}

[[noreturn]] void refuse(const std::string& file, const std::string& why) {
  throw std::invalid_argument(fmt::format("cannot resume from {}: {}", file, why));
}

std::string error_text() { return std::strerror(errno); }

/// Writes and syncs. An empty string, or what went wrong.
std::string write_file(const std::string& path, const std::string& text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) {
    return error_text();
  }
  std::string problem;
  for (std::size_t done = 0; done < text.size() && problem.empty();) {
    const ssize_t written = write(file, text.data() + done, text.size() - done);
    if (written < 0 && errno != EINTR) {
      problem = error_text();
    }
    done += written > 0 ? static_cast<std::size_t>(written) : 0;
  }
  if (problem.empty() && fsync(file) != 0 && errno != EINVAL) {
    problem = error_text();
  }
  if (close(file) != 0 && problem.empty()) {
    problem = error_text();
  }
  return problem;
}

/// In one step, so that there is always a whole file. What is no file (a device, a directory) is
/// not replaced: a device is written to. An empty string, or what went wrong.
std::string put_in_place(const std::string& file, const std::string& text) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (fs::is_character_file(status)) {
    return write_file(file, text);
  }
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    return "it is no file";
  }
  // A link stays one.
  const std::string target = fs::exists(status) ? fs::canonical(file, error).string() : file;
  const std::string temporary = fmt::format("{}.{}.new", target, getpid());
  std::string problem = write_file(temporary, text);
  if (problem.empty() && rename(temporary.c_str(), target.c_str()) != 0) {
    problem = error_text();
  }
  if (!problem.empty()) {
    unlink(temporary.c_str());
  }
  return problem;
}

/// The name of a body as far as it has one: its type, and which function it is.
std::string name_of(const std::function<void()>& body) {
  using Function = void (*)();
  const Function* const function = body.target<Function>();
  if (function == nullptr) {
    return body.target_type().name();
  }
  const auto address = reinterpret_cast<std::uintptr_t>(*function);
  const runtime::Module* const module = runtime::process_state().modules.lookup(address);
  return fmt::format("function {:x}", address - (module == nullptr ? 0 : module->base));
}

}  // namespace

std::string to_text(const Part& part) {
  return json{{"report", json::parse(to_json(part.report))},
              {"places", part.places},
              {"most_threads", part.most_threads},
              {"cut", part.cut},
              {"limited", part.limited},
              {"restarts", part.restarts},
              {"work", search::to_text(part.work)},
              {"schedules", part.schedules},
              {"threads", part.threads},
              {"promoted", part.promoted}}
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

Part part_from_text(std::string_view text) {
  try {
    const json object = json::parse(text);
    Part part;
    part.report = report_from_json(object.at("report").dump());
    object.at("places").get_to(part.places);
    object.at("most_threads").get_to(part.most_threads);
    object.at("cut").get_to(part.cut);
    object.at("limited").get_to(part.limited);
    object.at("restarts").get_to(part.restarts);
    part.work = search::work_from_text(object.at("work").get_ref<const std::string&>());
    object.at("schedules").get_to(part.schedules);
    object.at("threads").get_to(part.threads);
    object.at("promoted").get_to(part.promoted);
    return part;
  } catch (const json::exception& error) {
    throw std::invalid_argument(error.what());
  }
}

std::vector<std::string> identity_of(const std::function<void()>& body, const Options& options) {
  runtime::process_state().modules.load();
  const runtime::Program& program = runtime::program();
  std::vector<std::string> lines = {
      fmt::format("program={:x}", runtime::process_state().modules.program_hash()),
      fmt::format("body={}", name_of(body)),
      fmt::format("model={}", options.model == Model::kRc11 ? "rc11" : "sc"),
      fmt::format("events_per_execution={}", options.limits.events_per_execution),
      fmt::format("threads={}", options.limits.threads),
      fmt::format("failed_rounds={}", options.bounds.failed_rounds),
      fmt::format("try_lock_rounds={}", options.bounds.try_lock_rounds),
      fmt::format("spurious={}", options.bounds.spurious),
      fmt::format("timeouts={}", options.bounds.timeouts),
      fmt::format("spurious_wakeups={:d}", options.spurious_wakeups),
      fmt::format("timeout_policy={}",
                  options.timeouts == Timeouts::kIdle ? "idle" : "adversarial"),
      fmt::format("after_race={}", options.after_race == AfterRace::kStop ? "stop" : "promote"),
      fmt::format("detect_leaks={:d}", options.detect_leaks),
      fmt::format("reduce_library_spins={:d}", options.reduce_library_spins),
      fmt::format("suppressions={}", options.suppressions),
      fmt::format("shard={}/{}", options.shard.index, options.shard.count)};
  if (draws(options.search) || enumerates(options.search)) {
    const Sampling& sampling = options.sampling;
    lines.push_back(fmt::format("search={} seed={} samples={} depth={} length={} bound={}",
                                name_of(options.search), sampling.seed, sampling.executions,
                                sampling.depth, sampling.length, sampling.bound));
  }
  for (int k = 1; program.is_explored && k < program.count; ++k) {
    lines.push_back(fmt::format("argument {}={}", k, program.arguments[k]));
  }
  return lines;
}

void name_shard(const std::function<void()>& body, const Options& options, Report* report) {
  if (options.shard.count == 1) {
    return;
  }
  std::string all;
  for (const std::string& line : identity_of(body, options)) {
    all += line.starts_with("shard=") ? "" : line + "\n";
  }
  report->shard = fmt::format("{}/{}", options.shard.index, options.shard.count);
  report->shard_of = fmt::format("{:016x}", hash_of(all));
  report->bounds.push_back(shard_bound(report->shard));
}

std::string write_checkpoint(const std::string& file, const std::vector<std::string>& identity,
                             const Part& part) {
  const std::string body = json{{"identity", identity}, {"part", to_text(part)}}.dump(
      -1, ' ', false, json::error_handler_t::replace);
  const std::string text =
      fmt::format("{} {} {:016x}\n{}\n", kMagic, kVersion, hash_of(body), body);
  const std::string problem = put_in_place(file, text);
  return problem.empty() ? ""
                         : fmt::format("the checkpoint {} could not be written: {}", file, problem);
}

Part read_checkpoint(const std::string& file, const std::vector<std::string>& identity) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    refuse(file, error_text());
  }
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  const std::size_t line = text.find('\n');
  if (!text.starts_with(kMagic) || line == std::string::npos) {
    refuse(file, "it is no checkpoint");
  }
  const std::string head = fmt::format("{} {} ", kMagic, kVersion);
  if (!text.starts_with(head)) {
    refuse(file, "it was written by another version of Heddle");
  }
  const std::string body = text.substr(line + 1, text.size() - line - 2);
  if (text.substr(head.size(), line - head.size()) != fmt::format("{:016x}", hash_of(body))) {
    refuse(file, "it is damaged");
  }
  try {
    const json object = json::parse(body);
    const auto theirs = object.at("identity").get<std::vector<std::string>>();
    for (std::size_t i = 0; i < std::max(theirs.size(), identity.size()); ++i) {
      const std::string was = i < theirs.size() ? theirs[i] : "nothing";
      const std::string is = i < identity.size() ? identity[i] : "nothing";
      if (was != is) {
        refuse(file, i == 0 ? "it belongs to another program, or to another build of this one"
                            : fmt::format("there it is {}, here {}", was, is));
      }
    }
    return part_from_text(object.at("part").get_ref<const std::string&>());
  } catch (const json::exception&) {
    refuse(file, "it is damaged");
  }
}

void check_parts(const Options& options) {
  const auto refuse_if = [](bool wrong, const std::string& why) {
    if (wrong) {
      throw std::invalid_argument("heddle: " + why);
    }
  };
  const bool in_shards = options.shard.count != 1;
  const bool in_files = !options.checkpoint_file.empty() || !options.resume_file.empty();
  refuse_if(options.jobs == 0 || options.jobs > kMostJobs,
            fmt::format("jobs is {}; it must be from 1 to {}", options.jobs, kMostJobs));
  refuse_if(options.shard.count == 0 || options.shard.index >= options.shard.count,
            "shard must be INDEX/COUNT with an index from 0, below the count");
  const bool exhausts =
      options.search == SearchKind::kExhaustive || options.search == SearchKind::kAuto;
  const bool counts_all = exhausts || enumerates(options.search);
  refuse_if(!counts_all && in_files,
            "checkpoint and resume need a search with an end: exhaustive, preemptions or delays");
  refuse_if(options.search == SearchKind::kCycles && (options.jobs > 1 || in_shards),
            "search=cycles is run by one process: jobs and shard divide all other searches");
  refuse_if(in_shards && counts_all && options.after_race == AfterRace::kPromote,
            "shards cannot tell each other of races to promote: add after_race=stop");
  refuse_if(runtime::program().forks && (in_shards || !options.resume_file.empty()),
            "shard and resume do not go with executions in processes of their own");
  refuse_if(in_shards && options.jobs > 1,
            "shard and jobs exclude each other: each shard is a job");
  refuse_if(
      in_files && options.jobs > 1 && !exhausts,
      "several jobs keep checkpoints of search=exhaustive only: use shards, with a file each");
}

std::uint64_t part_of_limit(std::uint64_t limit, std::uint32_t index, std::uint32_t count) {
  // With fewer than one for each, some have one too many.
  return limit == 0 ? 0
                    : std::max<std::uint64_t>(1, limit / count + (index < limit % count ? 1 : 0));
}

void add_new(const std::vector<std::string>& from, std::vector<std::string>* to) {
  for (const std::string& text : from) {
    if (std::find(to->begin(), to->end(), text) == to->end()) {
      to->push_back(text);
    }
  }
}

Verdict verdict_of(const Report& report) {
  if (!report.findings.empty()) {
    return Verdict::kBug;
  }
  if (!report.complete || (report.executions == 0 && HEDDLE_CLAUSE("verdict.no_execution"))) {
    return Verdict::kIncomplete;
  }
  const bool bounded = !report.bounds.empty() && HEDDLE_CLAUSE("verdict.bounded");
  return bounded ? Verdict::kBounded : Verdict::kOk;
}

void warn_of_the_whole(std::uint32_t most_threads, Report* report) {
  if (report->executions == 0 && report->blocked != 0) {
    report->warnings.emplace_back(
        "no execution came to its end: each was cut by a bound or a limit, or assumed away");
  }
  if (most_threads <= 1 && report->executions + report->blocked != 0) {
    report->warnings.emplace_back("the body has one thread only: there was nothing to interleave");
  }
}

}  // namespace heddle
