// SPDX-License-Identifier: Apache-2.0
// Walks masked source, declaration by declaration.
#include "tools/source_blocks.h"

#include <cctype>
#include <regex>

namespace heddle::tools {
namespace {

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// The identifier that ends right before `end`, white space between them allowed.
std::string word_before(std::string_view text, std::size_t end) {
  while (end > 0 && is_space(text[end - 1])) {
    --end;
  }
  std::size_t begin = end;
  while (begin > 0 && is_word(text[begin - 1])) {
    --begin;
  }
  return std::string(text.substr(begin, end - begin));
}

/// One after the `>` that closes the template bracket at `open`.
std::size_t after_angles(std::string_view text, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    depth += text[i] == '<' ? 1 : text[i] == '>' ? -1 : 0;
    if (depth == 0) {
      return i + 1;
    }
  }
  return text.size();
}

void add_name(std::vector<std::string>& names, std::string name) {
  if (!name.empty()) {
    names.push_back(std::move(name));
  }
}

/// The names that a declaration of variables or one function introduces.
std::vector<std::string> declarator_names(std::string_view text) {
  std::vector<std::string> names;
  bool in_initialiser = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '(' && !in_initialiser) {
      add_name(names, word_before(text, i));
      return names;
    }
    if (c == '<' && !in_initialiser && i > 0 && is_word(text[i - 1])) {
      i = after_angles(text, i) - 1;
    } else if (c == '(' || c == '{' || c == '[') {
      if (!in_initialiser) {
        add_name(names, word_before(text, i));
      }
      in_initialiser = true;
      i = matching_end(text, i) - 1;
    } else if (c == '=' || c == ',' || c == ';') {
      if (!in_initialiser) {
        add_name(names, word_before(text, i));
      }
      in_initialiser = c == '=';
    }
  }
  return names;
}

std::vector<std::string> declared_names(std::string_view text) {
  if (text.starts_with("template")) {
    text.remove_prefix(after_angles(text, text.find('<')));
    while (!text.empty() && is_space(text.front())) {
      text.remove_prefix(1);
    }
  }
  static const std::regex kType(
      R"(^(?:struct|class|union|enum(?:\s+(?:class|struct))?|using)\s+(?:alignas\([^)]*\)\s*)?(\w+))");
  std::cmatch match;
  if (std::regex_search(text.data(), text.data() + text.size(), match, kType)) {
    return {match[1].str()};
  }
  return declarator_names(text);
}

class Finder {
 public:
  explicit Finder(std::string_view masked) : text_(masked) {}

  std::vector<Block> run() {
    while (skip_to_code()) {
      if (text_[at_] == '}') {
        if (scopes_.empty()) {
          break;
        }
        scopes_.pop_back();
        ++at_;
      } else if (!enter_namespace()) {
        take_block();
      }
    }
    return std::move(blocks_);
  }

 private:
  bool skip_to_code() {
    while (at_ < text_.size() && (is_space(text_[at_]) || text_[at_] == ';')) {
      ++at_;
    }
    return at_ < text_.size();
  }

  bool enter_namespace() {
    static const std::regex kNamespace(R"(^(?:inline\s+)?(?:namespace\b\s*([\w:]*)|extern)\s*\{)");
    std::cmatch match;
    if (!std::regex_search(text_.data() + at_, text_.data() + text_.size(), match, kNamespace,
                           std::regex_constants::match_continuous)) {
      return false;
    }
    scopes_.push_back(match[1].str());
    at_ += static_cast<std::size_t>(match.length());
    return true;
  }

  void take_block() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != ';') {
      const char c = text_[at_];
      if (c != '(' && c != '{' && c != '[') {
        ++at_;
        continue;
      }
      at_ = matching_end(text_, at_);
      if (c == '{' && !continues()) {
        add(begin, at_);
        return;
      }
    }
    at_ = at_ < text_.size() ? at_ + 1 : at_;
    add(begin, at_);
  }

  /// After a closing brace: the declaration goes on to its semicolon.
  bool continues() const {
    std::size_t next = at_;
    while (next < text_.size() && is_space(text_[next])) {
      ++next;
    }
    return next < text_.size() && (text_[next] == ';' || text_[next] == ',');
  }

  void add(std::size_t begin, std::size_t end) {
    std::string scope;
    for (const std::string& name : scopes_) {
      if (!name.empty()) {
        scope += (scope.empty() ? "" : "::") + name;
      }
    }
    blocks_.push_back({scope, declared_names(text_.substr(begin, end - begin)), begin, end});
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<std::string> scopes_;
  std::vector<Block> blocks_;
};

}  // namespace

std::size_t matching_end(std::string_view masked, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < masked.size(); ++i) {
    const char c = masked[i];
    depth += c == '(' || c == '{' || c == '[' ? 1 : c == ')' || c == '}' || c == ']' ? -1 : 0;
    if (depth == 0) {
      return i + 1;
    }
  }
  return masked.size();
}

std::vector<Block> find_blocks(std::string_view masked) { return Finder(masked).run(); }

}  // namespace heddle::tools
