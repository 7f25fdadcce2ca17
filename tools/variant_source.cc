// SPDX-License-Identifier: Apache-2.0
// Finds a body and what it uses, by name.
#include "tools/variant_source.h"

#include <algorithm>
#include <cctype>
#include <deque>
#include <regex>
#include <set>
#include <string>

#include "tools/source_blocks.h"

namespace heddle::tools {
namespace {

/// The part of a qualified name before the last "::".
std::string qualifier(const std::string& name) {
  const std::size_t colons = name.rfind("::");
  return colons == std::string::npos ? "" : name.substr(0, colons);
}

std::string unqualified(const std::string& name) {
  const std::size_t colons = name.rfind("::");
  return colons == std::string::npos ? name : name.substr(colons + 2);
}

std::string join(const std::string& scope, const std::string& name) {
  return scope.empty() ? name : name.empty() ? scope : scope + "::" + name;
}

class Extractor {
 public:
  explicit Extractor(std::string_view source)
      : source_(source), masked_(mask_source(source)), blocks_(find_blocks(masked_)) {}

  std::vector<SourceLine> run(const std::string& name) {
    if (!start_at_body(name)) {
      return {};
    }
    while (!pending_.empty()) {
      const Block block = pending_.front();
      pending_.pop_front();
      add_used(block);
    }
    return lines();
  }

 private:
  /// Looks for the registration's entry: "name", then &path::to::function or a lambda.
  bool start_at_body(const std::string& name) {
    const std::string source(source_);
    const std::regex entry("\"" + name + R"("\s*,\s*(?:\.body\s*=\s*)?(?:\[|&?([A-Za-z_][\w:]*)))");
    for (std::sregex_iterator match(source.begin(), source.end(), entry), end; match != end;
         ++match) {
      if (!(*match)[1].matched) {
        return start_at_lambda(static_cast<std::size_t>(match->position() + match->length()) - 1);
      }
      if (start_at_function((*match)[1].str(), scope_at(match->position()))) {
        return true;
      }
    }
    return start_at_function(name, "");
  }

  bool start_at_lambda(std::size_t bracket) {
    const std::size_t brace = masked_.find('{', bracket);
    if (brace == std::string::npos) {
      return false;
    }
    Block lambda{
        scope_at(static_cast<std::ptrdiff_t>(bracket)), {}, bracket, matching_end(masked_, brace)};
    take(lambda);
    return true;
  }

  bool start_at_function(const std::string& name, const std::string& scope) {
    for (const Block* block : resolve(name, scope)) {
      take(*block);
    }
    if (!pending_.empty()) {
      return true;
    }
    // In a namespace that the registration sees through a using or an alias.
    for (const Block& block : blocks_) {
      if (declares(block, unqualified(name)) && block.scope.ends_with(qualifier(name))) {
        take(block);
        return true;
      }
    }
    return false;
  }

  std::string scope_at(std::ptrdiff_t position) const {
    for (const Block& block : blocks_) {
      if (static_cast<std::size_t>(position) < block.end) {
        return block.scope;
      }
    }
    return "";
  }

  static bool declares(const Block& block, const std::string& name) {
    return std::find(block.names.begin(), block.names.end(), name) != block.names.end();
  }

  bool is_registration(const Block& block) const {
    return std::string_view(masked_)
               .substr(block.begin, block.end - block.begin)
               .find("Registration") != std::string_view::npos;
  }

  /// All declarations (overloads) that `name` means when used inside `scope`: innermost scope
  /// first.
  std::vector<const Block*> resolve(const std::string& name, std::string scope) const {
    while (true) {
      std::vector<const Block*> found;
      for (const Block& block : blocks_) {
        if (block.scope == join(scope, qualifier(name)) && declares(block, unqualified(name)) &&
            !is_registration(block)) {
          found.push_back(&block);
        }
      }
      if (!found.empty() || scope.empty()) {
        return found;
      }
      scope = qualifier(scope);
    }
  }

  void take(const Block& block) {
    if (taken_.insert({block.begin, block.end}).second) {
      pending_.push_back(block);
    }
  }

  void add_used(const Block& block) {
    static const std::regex kName(R"([A-Za-z_]\w*(?:::[A-Za-z_]\w*)*)");
    const auto begin = masked_.cbegin() + static_cast<std::ptrdiff_t>(block.begin);
    const auto end = masked_.cbegin() + static_cast<std::ptrdiff_t>(block.end);
    for (std::sregex_iterator match(begin, end, kName), last; match != last; ++match) {
      for (const Block* used : resolve(match->str(), block.scope)) {
        take(*used);
      }
    }
  }

  std::vector<SourceLine> lines() const {
    std::vector<SourceLine> result;
    for (const auto& [begin, end] : taken_) {
      append_lines(begin, end, result);
    }
    return result;
  }

  void append_lines(std::size_t begin, std::size_t end, std::vector<SourceLine>& result) const {
    unsigned number =
        1 + static_cast<unsigned>(std::count(source_.begin(), source_.begin() + begin, '\n'));
    begin =
        source_.rfind('\n', begin) == std::string_view::npos ? 0 : source_.rfind('\n', begin) + 1;
    while (begin < end) {
      const std::size_t line_end = std::min(source_.find('\n', begin), source_.size());
      if (result.empty() || result.back().number < number) {
        result.push_back({number, std::string(source_.substr(begin, line_end - begin))});
      }
      begin = line_end + 1;
      ++number;
    }
  }

  std::string_view source_;
  std::string masked_;
  std::vector<Block> blocks_;
  std::deque<Block> pending_;
  std::set<std::pair<std::size_t, std::size_t>> taken_;
};

}  // namespace

std::vector<SourceLine> variant_source(std::string_view source, std::string_view name) {
  return Extractor(source).run(std::string(name));
}

}  // namespace heddle::tools
