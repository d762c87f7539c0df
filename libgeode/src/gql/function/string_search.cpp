#include <algorithm>
#include <string>
#include <vector>

#include <geode/error.hpp>
#include "base/running_limits.hpp"
#include "base/utf8.hpp"
#include "gql/function/arguments.hpp"
#include "gql/function/characters.hpp"
#include "gql/function/string_regex.hpp"
#include "value/cast.hpp"

namespace geode::gql {

namespace {

using Arguments = std::span<const Value>;
using value::Type;

Value replace(Arguments arguments, const FunctionContext& context) {
  const Call call("replace", arguments, context);
  const std::string_view text = call.string(0);
  const std::string_view search = call.string(1);
  const std::string_view replacement = call.string(2);
  if (search.empty()) return text;
  std::string out;
  std::size_t begin = 0;
  base::Poll poll;
  for (std::size_t at = text.find(search); at != std::string_view::npos;
       at = text.find(search, begin)) {
    poll.step();
    // A string grows by half of it at least, and a value takes its text from it.
    if (out.size() + replacement.size() + at - begin > out.capacity())
      base::check_room(3 * (out.size() + replacement.size()));
    out += text.substr(begin, at - begin);
    out += replacement;
    begin = at + search.size();
    if (out.size() > kMaxTextBytes) {
      call.refuse_value(
          status::kLimitExceeded, "NumberOutOfRange",
          "would make a string of more than " + std::to_string(kMaxTextBytes) + " bytes");
    }
  }
  out += text.substr(begin);
  return out;
}

/// What short parts of a text take while they are made.
class PartsRoom {
 public:
  void add() {
    if (++parts_ % kPartsBetween != 0) return;
    charge_.add(kPartsBetween * kBytesPerPart);
    base::poll_interrupt();
  }

 private:
  static constexpr std::size_t kPartsBetween = 4096;
  static constexpr std::size_t kBytesPerPart = 4 * sizeof(Value) + 48;
  base::MemoryCharge charge_{base::running_budget()};
  std::size_t parts_ = 0;
};

List split_characters(std::string_view text) {
  List parts;
  PartsRoom room;
  for (std::size_t offset = 0; offset < text.size();) {
    room.add();
    const std::size_t begin = offset;
    base::utf8_next(text, offset);
    parts.emplace_back(text.substr(begin, offset - begin));
  }
  return parts;
}

Value split(Arguments arguments, const FunctionContext& context) {
  const Call call("split", arguments, context);
  const std::string_view text = call.string(0);
  std::vector<std::string_view> delimiters;
  if (call[1].type() == ValueType::kList) {
    for (const Value& delimiter : call.list(1)) {
      if (delimiter.is_null()) return {};
      if (delimiter.type() != ValueType::kString) call.refuse(1, "a string or a list of strings");
      delimiters.push_back(delimiter.as_string());
    }
  } else if (call[1].type() == ValueType::kString) {
    delimiters.push_back(call.string(1));
  } else {
    call.refuse(1, "a string or a list of strings");
  }
  if (std::find(delimiters.begin(), delimiters.end(), "") != delimiters.end()) {
    return split_characters(text);
  }
  List parts;
  std::size_t begin = 0;
  PartsRoom room;
  for (;;) {
    room.add();
    std::size_t end = text.size();
    std::size_t next = std::string_view::npos;
    for (const std::string_view delimiter : delimiters) {
      const std::size_t at = text.find(delimiter, begin);
      if (at == std::string_view::npos) continue;
      // The first delimiter wins; of two at one place the longer one.
      if (next == std::string_view::npos || at < end ||
          (at == end && at + delimiter.size() > next)) {
        end = at;
        next = at + delimiter.size();
      }
    }
    parts.emplace_back(text.substr(begin, end - begin));
    if (next == std::string_view::npos) return parts;
    begin = next;
  }
}

Value index_of(Arguments arguments, const FunctionContext& context) {
  const Call call("indexOf", arguments, context);
  const std::string_view text = call.string(0);
  const std::int64_t from = call.size() > 2 ? std::max<std::int64_t>(call.integer(2), 0) : 0;
  if (from > count_characters(text)) return -1;
  const std::size_t at = text.find(call.string(1), bytes_of_first_characters(text, from));
  return at == std::string_view::npos ? std::int64_t{-1} : count_characters(text.substr(0, at));
}

Value position(Arguments arguments, const FunctionContext& context) {
  const Call call("position", arguments, context);
  const std::string_view text = call.string(1);
  const std::size_t at = text.find(call.string(0));
  return at == std::string_view::npos ? std::int64_t{0} : count_characters(text.substr(0, at)) + 1;
}

Value starts_with(Arguments arguments, const FunctionContext& context) {
  const Call call("starts_with", arguments, context);
  return call.string(0).starts_with(call.string(1));
}

Value ends_with(Arguments arguments, const FunctionContext& context) {
  const Call call("ends_with", arguments, context);
  return call.string(0).ends_with(call.string(1));
}

Value contains(Arguments arguments, const FunctionContext& context) {
  const Call call("contains", arguments, context);
  return call.string(0).find(call.string(1)) != std::string_view::npos;
}

Value regex_like(Arguments arguments, const FunctionContext& context) {
  const Call call("regexp_like", arguments, context);
  return regex_matches(call.string(0), call.string(1));
}

Value concat(Arguments arguments, const FunctionContext&) {
  std::string out;
  for (const Value& argument : arguments) out += value::text_of(argument);
  return out;
}

Value concat_with_separator(Arguments arguments, const FunctionContext& context) {
  const Call call("concat_ws", arguments, context);
  if (call[0].is_null()) return {};
  const std::string_view separator = call.string(0);
  std::string out;
  bool first = true;
  for (const Value& argument : arguments.subspan(1)) {
    if (argument.is_null()) continue;
    if (!first) out += separator;
    first = false;
    out += value::text_of(argument);
  }
  return out;
}

Type split_type(std::span<const Type> arguments) {
  Type type = Type::list_of(text_type());
  // A list of delimiters may hold a null, which gives null.
  const bool null = arguments[0].may_be_null() || arguments[1].may_be_null() ||
                    arguments[1].may_be(ValueType::kList);
  return null ? type.with_null() : type;
}

}  // namespace

void register_string_search_functions(FunctionRegistry& registry) {
  add_scalar(registry, {"replace"},
             {.name = {},
              .parameters = {text_type(), text_type(), text_type()},
              .minimum_arguments = 3,
              .maximum_arguments = 3,
              .result = text_type(),
              .evaluate = replace,
              .signature = "(text STRING, search STRING, replacement STRING) :: STRING",
              .description = "The text with every occurrence of one string replaced by another."});
  add_scalar(registry, {"split"},
             {.name = {},
              .parameters = {text_type(), any_of(ValueType::kString, ValueType::kList)},
              .minimum_arguments = 2,
              .maximum_arguments = 2,
              .result = Type::list_of(text_type()),
              .evaluate = split,
              .signature = "(text STRING, delimiter STRING | LIST<STRING>) :: LIST<STRING>",
              .description = "The parts of a text between delimiters.",
              .typer = split_type});
  add_scalar(registry, {"indexOf", "index_of"},
             {.name = {},
              .parameters = {text_type(), text_type(), integer_type()},
              .minimum_arguments = 2,
              .maximum_arguments = 3,
              .result = integer_type(),
              .evaluate = index_of,
              .signature = "(text STRING, search STRING [, from INT]) :: INT",
              .description = "Where a string first occurs in a text, from 0; -1 when nowhere."});
  add_scalar(registry, {"position"},
             {.name = {},
              .parameters = {text_type(), text_type()},
              .minimum_arguments = 2,
              .maximum_arguments = 2,
              .result = integer_type(),
              .evaluate = position,
              .signature = "(search STRING, text STRING) :: INT",
              .description = "Where a string first occurs in a text, from 1; 0 when nowhere."});
  add_scalar(registry, {"starts_with", "startsWith"},
             {.name = {},
              .parameters = {text_type(), text_type()},
              .minimum_arguments = 2,
              .maximum_arguments = 2,
              .result = boolean_type(),
              .evaluate = starts_with,
              .signature = "(text STRING, prefix STRING) :: BOOL",
              .description = "Whether a text begins with a string."});
  add_scalar(registry, {"ends_with", "endsWith"},
             {.name = {},
              .parameters = {text_type(), text_type()},
              .minimum_arguments = 2,
              .maximum_arguments = 2,
              .result = boolean_type(),
              .evaluate = ends_with,
              .signature = "(text STRING, suffix STRING) :: BOOL",
              .description = "Whether a text ends with a string."});
  add_scalar(registry, {"contains"},
             {.name = {},
              .parameters = {text_type(), text_type()},
              .minimum_arguments = 2,
              .maximum_arguments = 2,
              .result = boolean_type(),
              .evaluate = contains,
              .signature = "(text STRING, search STRING) :: BOOL",
              .description = "Whether a string occurs in a text."});
  add_scalar(registry, {"regexp_like"},
             {.name = {},
              .parameters = {text_type(), text_type()},
              .minimum_arguments = 2,
              .maximum_arguments = 2,
              .result = boolean_type(),
              .evaluate = regex_like,
              .signature = "(text STRING, pattern STRING) :: BOOL",
              .description = "Whether a regular expression matches the whole text."});
  add_scalar(
      registry, {"concat"},
      {.name = {},
       .parameters = {Type::any()},
       .minimum_arguments = 1,
       .maximum_arguments = ScalarFunction::kVariadic,
       .result = text_type(),
       .evaluate = concat,
       .signature = "(value ANY, ...) :: STRING",
       .description = "The texts of the values, one after the other; null when one is null."});
  add_scalar(registry, {"concat_ws"},
             {.name = {},
              .parameters = {text_type(), Type::any()},
              .minimum_arguments = 2,
              .maximum_arguments = ScalarFunction::kVariadic,
              .result = text_type().with_null(),
              .evaluate = concat_with_separator,
              .signature = "(separator STRING, value ANY, ...) :: STRING",
              .description = "The texts of the values that are not null, with a separator between.",
              .null_in_null_out = false});
}

}  // namespace geode::gql
