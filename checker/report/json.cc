// SPDX-License-Identifier: Apache-2.0
// Reports as JSON, both ways. Each struct has one function that visits its fields by name; writing
// and reading are two visitors, so the two cannot drift apart.
#include <fmt/format.h>

#include <concepts>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <type_traits>

#include "heddle/attempt.h"
#include "heddle/report.h"

namespace heddle {
namespace {

using Json = nlohmann::ordered_json;

// Fields that equal their default are left out where `optional` says so; the reader accepts their
// absence.
template <class Visitor, class T>
requires std::same_as<std::remove_const_t<T>, Frame>
void visit_fields(Visitor& visitor, T& frame) {
  visitor.optional("function", frame.function);
  visitor.optional("file", frame.file);
  visitor.optional("line", frame.line);
  visitor.optional("address", frame.address);
  visitor.optional("module", frame.module);
  visitor.optional("offset", frame.offset);
}

template <class Visitor, class T>
requires std::same_as<std::remove_const_t<T>, Participant>
void visit_fields(Visitor& visitor, T& participant) {
  visitor.required("thread", participant.thread);
  visitor.required("what", participant.what);
  visitor.optional("stack", participant.stack);
}

template <class Visitor, class T>
requires std::same_as<std::remove_const_t<T>, TraceStep>
void visit_fields(Visitor& visitor, T& step) {
  visitor.required("thread", step.thread);
  visitor.required("what", step.what);
  visitor.optional("object", step.object);
  visitor.optional("value", step.value);
  visitor.optional("note", step.note);
  visitor.optional("reads_from", step.reads_from);
  visitor.optional("overwrites", step.overwrites);
  visitor.optional("happens_after", step.happens_after);
  visitor.optional("important", step.important);
  visitor.optional("stack", step.stack);
}

template <class Visitor, class T>
requires std::same_as<std::remove_const_t<T>, OutcomeValue>
void visit_fields(Visitor& visitor, T& value) {
  visitor.required("name", value.name);
  visitor.required("value", value.value);
}

template <class Visitor, class T>
requires std::same_as<std::remove_const_t<T>, Decision>
void visit_fields(Visitor& visitor, T& decision) {
  visitor.optional("kind", decision.kind);
  visitor.optional("step", decision.step);
  visitor.optional("message", decision.message);
  visitor.optional("tried", decision.tried);
  visitor.optional("passing", decision.passing);
  visitor.optional("passing_step", decision.passing_step);
  visitor.optional("token", decision.token);
}

template <class Visitor, class T>
requires std::same_as<std::remove_const_t<T>, Finding>
void visit_fields(Visitor& visitor, T& finding) {
  visitor.required("kind", finding.kind);
  visitor.optional("cause", finding.cause);
  visitor.required("message", finding.message);
  visitor.required("participants", finding.participants);
  visitor.required("trace", finding.trace);
  visitor.optional("cycle_from", finding.cycle_from);
  visitor.optional("outcome", finding.outcome);
  visitor.optional("decision", finding.decision);
  visitor.optional("output", finding.output);
  visitor.required("token", finding.token);
  visitor.optional("preemptions", finding.preemptions);
  visitor.optional("found_at", finding.found_at);
  visitor.optional("reduce_runs", finding.reduce_runs);
  visitor.optional("random_runs", finding.random_runs);
  visitor.optional("random_hits", finding.random_hits);
}

template <class Visitor, class T>
requires std::same_as<std::remove_const_t<T>, Outcome>
void visit_fields(Visitor& visitor, T& outcome) {
  visitor.required("values", outcome.values);
  visitor.required("count", outcome.count);
  visitor.required("token", outcome.token);
}

template <class Visitor, class T>
requires std::same_as<std::remove_const_t<T>, WaitBound>
void visit_fields(Visitor& visitor, T& bound) {
  visitor.required("object", bound.object);
  visitor.required("thread", bound.thread);
  visitor.required("bounded", bound.bounded);
  visitor.required("bypasses", bound.bypasses);
  visitor.required("steps_bounded", bound.steps_bounded);
  visitor.required("steps", bound.steps);
}

template <class Visitor, class T>
requires std::same_as<std::remove_const_t<T>, Covered>
void visit_fields(Visitor& visitor, T& covered) {
  visitor.required("strategy", covered.strategy);
  visitor.required("executions", covered.executions);
  visitor.optional("threads", covered.threads);
  visitor.optional("length", covered.length);
  visitor.optional("depth", covered.depth);
  visitor.optional("completed", covered.completed);
  visitor.optional("cut", covered.cut);
}

template <class Visitor, class T>
requires std::same_as<std::remove_const_t<T>, Estimate>
void visit_fields(Visitor& visitor, T& estimate) {
  visitor.required("descents", estimate.descents);
  visitor.required("executions", estimate.executions);
  visitor.required("error", estimate.error);
  visitor.required("largest", estimate.largest);
}

template <class Visitor, class T>
requires std::same_as<std::remove_const_t<T>, Report>
void visit_fields(Visitor& visitor, T& report) {
  visitor.required("verdict", report.verdict);
  visitor.optional("search", report.search);
  visitor.required("model", report.model);
  visitor.required("executions", report.executions);
  visitor.required("deadlocked", report.deadlocked);
  visitor.required("blocked", report.blocked);
  visitor.required("events", report.events);
  visitor.optional("resumed", report.resumed);
  visitor.optional("states", report.states);
  visitor.optional("transitions", report.transitions);
  visitor.optional("state_bytes", report.state_bytes);
  visitor.optional("wait_bounds", report.wait_bounds);
  visitor.optional("estimate", report.estimate);
  visitor.optional("seed", report.seed);
  visitor.optional("distinct", report.distinct);
  visitor.optional("covered", report.covered);
  visitor.required("seconds", report.seconds);
  visitor.required("complete", report.complete);
  visitor.required("findings", report.findings);
  visitor.required("outcomes", report.outcomes);
  visitor.required("bounds", report.bounds);
  visitor.required("assumptions", report.assumptions);
  visitor.required("warnings", report.warnings);
  visitor.optional("shard", report.shard);
  visitor.optional("shard_of", report.shard_of);
}

template <class Visitor, class T>
requires std::same_as<std::remove_const_t<T>, AttemptStop>
void visit_fields(Visitor& visitor, T& stop) {
  visitor.required("wanted", stop.wanted);
  visitor.optional("step", stop.step);
  visitor.required("message", stop.message);
}

template <class Visitor, class T>
requires std::same_as<std::remove_const_t<T>, Attempt>
void visit_fields(Visitor& visitor, T& attempt) {
  visitor.required("trace", attempt.trace);
  visitor.required("follows", attempt.follows);
  visitor.required("stops", attempt.stops);
  visitor.required("wanted", attempt.wanted);
  visitor.required("followed", attempt.followed);
  visitor.required("end", attempt.end);
}

template <class T>
concept Named = std::is_enum_v<T>;

class Writer {
 public:
  template <class T>
  void required(const char* name, const T& field) {
    json_[name] = write(field);
  }
  template <class T>
  void optional(const char* name, const T& field) {
    if (field != default_of(field)) {
      required(name, field);
    }
  }
  template <class T>
  void optional(const char* name, const std::vector<T>& field) {
    if (!field.empty()) {
      required(name, field);
    }
  }
  void optional(const char* name, std::int64_t step) {
    if (step != -1) {
      required(name, step);
    }
  }
  Json take() { return std::move(json_); }

  template <class T>
  static Json write(const T& value) {
    if constexpr (Named<T>) {
      return to_string(value);
    } else if constexpr (std::is_arithmetic_v<T> || std::same_as<T, std::string>) {
      return value;
    } else {
      Writer writer;
      visit_fields(writer, value);
      return writer.take();
    }
  }
  template <class T>
  static Json write(const std::vector<T>& values) {
    Json list = Json::array();
    for (const T& value : values) {
      list.push_back(write(value));
    }
    return list;
  }

 private:
  template <class T>
  static T default_of(const T&) {
    return T{};
  }
  Json json_ = Json::object();
};

[[noreturn]] void fail(const std::string& where, std::string_view what) {
  throw std::invalid_argument(
      fmt::format("report: {}: {}", where.empty() ? "document" : where, what));
}

class Reader {
 public:
  Reader(const Json& json, std::string where) : json_(json), where_(std::move(where)) {
    if (!json.is_object()) {
      fail(where_, "expected an object");
    }
  }

  template <class T>
  void required(const char* name, T& field) {
    if (!json_.contains(name)) {
      fail(path(name), "is missing");
    }
    read(json_.at(name), path(name), field);
  }
  template <class T>
  void optional(const char* name, T& field) {
    if (json_.contains(name)) {
      required(name, field);
    }
  }

  template <class T>
  static void read(const Json& json, const std::string& where, T& value) {
    if constexpr (Named<T>) {
      std::string name;
      read(json, where, name);
      if (!parse(name, value)) {
        fail(where, fmt::format("unknown name \"{}\"", name));
      }
    } else if constexpr (std::same_as<T, std::string>) {
      expect(json.is_string(), where, "expected a string");
      value = json.get_ref<const std::string&>();
    } else if constexpr (std::same_as<T, bool>) {
      expect(json.is_boolean(), where, "expected true or false");
      value = json.get<bool>();
    } else if constexpr (std::floating_point<T>) {
      expect(json.is_number(), where, "expected a number");
      value = json.get<T>();
    } else if constexpr (std::integral<T>) {
      read_integer(json, where, value);
    } else {
      Reader reader(json, where);
      visit_fields(reader, value);
    }
  }
  template <class T>
  static void read(const Json& json, const std::string& where, std::vector<T>& values) {
    expect(json.is_array(), where, "expected a list");
    values.clear();
    for (std::size_t i = 0; i < json.size(); ++i) {
      read(json[i], fmt::format("{}[{}]", where, i), values.emplace_back());
    }
  }

 private:
  static void expect(bool condition, const std::string& where, const char* what) {
    if (!condition) {
      fail(where, what);
    }
  }
  template <class T>
  static void read_integer(const Json& json, const std::string& where, T& value) {
    expect(json.is_number_integer(), where, "expected an integer");
    if constexpr (std::is_unsigned_v<T>) {
      expect(
          json.is_number_unsigned() && json.get<std::uint64_t>() <= std::numeric_limits<T>::max(),
          where, "out of range");
    } else {
      expect(!json.is_number_unsigned() ||
                 json.get<std::uint64_t>() <= std::uint64_t{std::numeric_limits<T>::max()},
             where, "out of range");
    }
    value = json.get<T>();
  }
  std::string path(const char* name) const { return where_.empty() ? name : where_ + "." + name; }

  const Json& json_;
  std::string where_;
};

/// Refuses a document of a format that is not known. It may say none: then it is the first.
void check_format(const Json& document) {
  if (!document.is_object() || !document.contains("format")) {
    return;
  }
  std::uint32_t format = 0;
  Reader::read(document.at("format"), "format", format);
  if (format != kJsonFormat) {
    fail("format",
         fmt::format("is {}; this release of Heddle reads format {}", format, kJsonFormat));
  }
}

template <class T>
T from_json(std::string_view json) {
  Json document;
  try {
    document = Json::parse(json);
  } catch (const Json::parse_error& error) {
    throw std::invalid_argument(fmt::format("report: not JSON: {}", error.what()));
  }
  check_format(document);
  T result;
  Reader::read(document, "", result);
  return result;
}

}  // namespace

std::string to_json(const Report& report, int indent) {
  Json document = Json::object();
  document["format"] = kJsonFormat;
  document.update(Writer::write(report));
  return document.dump(indent, ' ', false, Json::error_handler_t::replace);
}

Report report_from_json(std::string_view json) { return from_json<Report>(json); }

std::string to_json(const Attempt& attempt) {
  return Writer::write(attempt).dump(-1, ' ', false, Json::error_handler_t::replace);
}

Attempt attempt_from_json(std::string_view json) { return from_json<Attempt>(json); }

}  // namespace heddle
