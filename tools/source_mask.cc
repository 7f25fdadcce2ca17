// SPDX-License-Identifier: Apache-2.0
// Blanks out what is not code.
#include <cctype>

#include "tools/source_blocks.h"

namespace heddle::tools {
namespace {

class Masker {
 public:
  explicit Masker(std::string_view source) : source_(source), masked_(source) {}

  std::string run() {
    while (at_ < source_.size()) {
      step();
    }
    return masked_;
  }

 private:
  void step() {
    const char c = source_[at_];
    if (starts("//")) {
      blank_to(source_.find('\n', at_));
    } else if (starts("/*")) {
      blank_past("*/", at_ + 2);
    } else if (starts("R\"") && !after_word()) {
      const std::size_t parenthesis = source_.find('(', at_);
      const std::string_view tag = source_.substr(at_ + 2, parenthesis - at_ - 2);
      blank_past(")" + std::string(tag) + "\"", parenthesis);
    } else if (c == '"' || (c == '\'' && !after_word())) {
      blank_literal(c);
    } else if (c == '#' && at_line_start_) {
      blank_directive();
    } else {
      at_line_start_ = c == '\n' || (at_line_start_ && std::isspace(static_cast<unsigned char>(c)));
      ++at_;
    }
  }

  bool starts(std::string_view text) const { return source_.substr(at_).starts_with(text); }

  /// In the middle of a word or number: a quote there separates digits.
  bool after_word() const {
    return at_ > 0 && (std::isalnum(static_cast<unsigned char>(source_[at_ - 1])) != 0 ||
                       source_[at_ - 1] == '_');
  }

  void blank_to(std::size_t end) {
    end = end < source_.size() ? end : source_.size();
    for (; at_ < end; ++at_) {
      if (source_[at_] != '\n') {
        masked_[at_] = ' ';
      }
    }
  }

  void blank_past(std::string_view closing, std::size_t from) {
    const std::size_t found = source_.find(closing, from);
    blank_to(found == std::string_view::npos ? source_.size() : found + closing.size());
  }

  void blank_literal(char quote) {
    std::size_t end = at_ + 1;
    while (end < source_.size() && source_[end] != quote && source_[end] != '\n') {
      end += source_[end] == '\\' ? 2 : 1;
    }
    blank_to(end + 1);
  }

  void blank_directive() {
    std::size_t end = source_.find('\n', at_);
    while (end != std::string_view::npos && source_[end - 1] == '\\') {
      end = source_.find('\n', end + 1);
    }
    blank_to(end);
  }

  std::string_view source_;
  std::string masked_;
  std::size_t at_ = 0;
  bool at_line_start_ = true;
};

}  // namespace

std::string mask_source(std::string_view source) { return Masker(source).run(); }

}  // namespace heddle::tools
