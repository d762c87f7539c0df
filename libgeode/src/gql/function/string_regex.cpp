#include "gql/function/string_regex.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <re2/re2.h>

#include <geode/error.hpp>

namespace geode::gql {

namespace {

/// The patterns a thread used last, the latest one first. A query has few patterns, so the first is
/// nearly always the one.
class PatternCache {
 public:
  const re2::RE2& find(std::string_view pattern) {
    const auto same = [&](const auto& compiled) { return compiled->pattern() == pattern; };
    auto found = std::find_if(patterns_.begin(), patterns_.end(), same);
    if (found == patterns_.end()) {
      auto compiled = compile(pattern);
      if (patterns_.size() == kCapacity) patterns_.pop_back();
      found = patterns_.insert(patterns_.end(), std::move(compiled));
    }
    std::rotate(patterns_.begin(), found, found + 1);
    return *patterns_.front();
  }

 private:
  static constexpr std::size_t kCapacity = 16;

  static std::unique_ptr<re2::RE2> compile(std::string_view pattern) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    auto compiled =
        std::make_unique<re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
    if (!compiled->ok()) {
      throw Error(status::kInvalidRegex, "'" + std::string(pattern) +
                                             "' is not a regular expression: " + compiled->error())
          .category("ArgumentError", "InvalidRegularExpression");
    }
    return compiled;
  }

  std::vector<std::unique_ptr<re2::RE2>> patterns_;
};

}  // namespace

bool regex_matches(std::string_view text, std::string_view pattern) {
  thread_local PatternCache cache;
  return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), cache.find(pattern));
}

}  // namespace geode::gql
