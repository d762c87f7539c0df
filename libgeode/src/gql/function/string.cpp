#include <algorithm>
#include <string>

#include <geode/error.hpp>
#include "base/running_limits.hpp"
#include "base/utf8.hpp"
#include "gql/function/arguments.hpp"
#include "gql/function/byte_string.hpp"
#include "gql/function/characters.hpp"
#include "gql/function/string_normalize.hpp"

namespace geode::gql {

namespace {

using Arguments = std::span<const Value>;
using value::Physical;
using value::Type;
using value::Vector;
using Columns = std::span<const Vector* const>;
using Rows = std::span<const std::uint32_t>;

// ---- letter case

Value lower(Arguments arguments, const FunctionContext& context) {
  return to_lower(Call("lower", arguments, context).string(0));
}

Value upper(Arguments arguments, const FunctionContext& context) {
  return to_upper(Call("upper", arguments, context).string(0));
}

bool map_case(const Vector& in, Rows rows, Vector& out, void (*map_ascii)(std::string_view, char*),
              std::string (*map)(std::string_view)) {
  if (in.physical() != Physical::kString) return false;
  out.reset(Physical::kString);
  auto* results = out.mutable_data<std::string_view>();
  std::string buffer;
  for (const std::uint32_t row : rows) {
    if (in.is_null(row)) {
      out.set_null(row);
      continue;
    }
    const std::string_view text = in.at<std::string_view>(row);
    if (is_ascii(text)) {
      buffer.resize(text.size());
      map_ascii(text, buffer.data());
      results[row] = out.arena().store(buffer);
    } else {
      results[row] = out.arena().store(map(text));
    }
  }
  return true;
}

bool lower_vector(Columns arguments, Rows rows, Vector& out, const FunctionContext&) {
  return map_case(*arguments[0], rows, out, lower_ascii, to_lower);
}

bool upper_vector(Columns arguments, Rows rows, Vector& out, const FunctionContext&) {
  return map_case(*arguments[0], rows, out, upper_ascii, to_upper);
}

// ---- length

Value char_length(Arguments arguments, const FunctionContext& context) {
  return count_characters(Call("char_length", arguments, context).string(0));
}

bool char_length_vector(Columns arguments, Rows rows, Vector& out, const FunctionContext&) {
  const Vector& in = *arguments[0];
  if (in.physical() != Physical::kString) return false;
  out.reset(Physical::kInt64);
  auto* results = out.mutable_data<std::int64_t>();
  for (const std::uint32_t row : rows) {
    if (in.is_null(row)) {
      out.set_null(row);
    } else {
      results[row] = count_characters(in.at<std::string_view>(row));
    }
  }
  return true;
}

Value byte_length(Arguments arguments, const FunctionContext& context) {
  const Call call("byte_length", arguments, context);
  if (call[0].type() == ValueType::kBytes) {
    return static_cast<std::int64_t>(call[0].as_bytes().size());
  }
  if (call[0].type() != ValueType::kString) call.refuse(0, "a string or byte string");
  return static_cast<std::int64_t>(call.string(0).size());
}

// ---- trimming

/// The characters to take away: white space when none are named.
class CharacterSet {
 public:
  CharacterSet() = default;
  explicit CharacterSet(std::string_view characters) : white_space_(false) {
    for (std::size_t offset = 0; offset < characters.size();) {
      members_ += base::utf8_next(characters, offset);
    }
  }
  bool contains(char32_t character) const {
    return white_space_ ? is_white_space(character)
                        : members_.find(character) != std::u32string::npos;
  }

 private:
  bool white_space_ = true;
  std::u32string members_;
};

std::string_view trim_leading(std::string_view text, const CharacterSet& set) {
  std::size_t offset = 0;
  while (offset < text.size()) {
    std::size_t next = offset;
    if (!set.contains(base::utf8_next(text, next))) break;
    offset = next;
  }
  return text.substr(offset);
}

std::string_view trim_trailing(std::string_view text, const CharacterSet& set) {
  while (!text.empty()) {
    const std::size_t begin = text.size() - bytes_of_last_characters(text, 1);
    std::size_t offset = begin;
    if (!set.contains(base::utf8_next(text, offset))) break;
    text = text.substr(0, begin);
  }
  return text;
}

CharacterSet set_of(const Call& call) {
  return call.size() > 1 ? CharacterSet(call.string(1)) : CharacterSet();
}

/// TRIM(list, n): the list without its last n elements.
Value trim_list(const Call& call) {
  const List& list = call.list(0);
  if (call.size() < 2) call.refuse(0, "a string");
  const std::int64_t count = call.integer(1);
  if (count < 0 || count > static_cast<std::int64_t>(list.size())) {
    call.refuse_value(status::kListElement, "NumberOutOfRange",
                      "cannot take " + std::to_string(count) + " elements from a list of " +
                          std::to_string(list.size()));
  }
  return List(list.begin(), list.end() - count);
}

Value trim(Arguments arguments, const FunctionContext& context) {
  const Call call("trim", arguments, context);
  if (call[0].type() == ValueType::kList) return trim_list(call);
  if (call[0].type() == ValueType::kBytes) return trim_bytes(call, true, true);
  const CharacterSet set = set_of(call);
  return trim_trailing(trim_leading(call.string(0), set), set);
}

Value left_trim(Arguments arguments, const FunctionContext& context) {
  const Call call("ltrim", arguments, context);
  if (call[0].type() == ValueType::kBytes) return trim_bytes(call, true, false);
  return trim_leading(call.string(0), set_of(call));
}

Value right_trim(Arguments arguments, const FunctionContext& context) {
  const Call call("rtrim", arguments, context);
  if (call[0].type() == ValueType::kBytes) return trim_bytes(call, false, true);
  return trim_trailing(call.string(0), set_of(call));
}

// ---- parts

std::int64_t count_argument(const Call& call, std::size_t index, std::string_view what) {
  const std::int64_t count = call.integer(index);
  if (count < 0) {
    call.refuse_value(
        status::kSubstringError, "NegativeIntegerArgument",
        "expects " + std::string(what) + " that is not negative, got " + std::to_string(count));
  }
  return count;
}

Value left(Arguments arguments, const FunctionContext& context) {
  const Call call("left", arguments, context);
  if (call[0].type() == ValueType::kBytes) {
    return left_bytes(call, count_argument(call, 1, "a length"));
  }
  const std::string_view text = call.string(0);
  return text.substr(0, bytes_of_first_characters(text, count_argument(call, 1, "a length")));
}

Value right(Arguments arguments, const FunctionContext& context) {
  const Call call("right", arguments, context);
  if (call[0].type() == ValueType::kBytes) {
    return right_bytes(call, count_argument(call, 1, "a length"));
  }
  const std::string_view text = call.string(0);
  const std::size_t bytes = bytes_of_last_characters(text, count_argument(call, 1, "a length"));
  return text.substr(text.size() - bytes);
}

Value substring(Arguments arguments, const FunctionContext& context) {
  const Call call("substring", arguments, context);
  std::string_view text = call.string(0);
  text.remove_prefix(bytes_of_first_characters(text, count_argument(call, 1, "a start")));
  if (call.size() > 2) {
    text = text.substr(0, bytes_of_first_characters(text, count_argument(call, 2, "a length")));
  }
  return text;
}

void check_size(const Call& call, std::size_t bytes) {
  if (bytes > kMaxTextBytes) {
    call.refuse_value(
        status::kLimitExceeded, "NumberOutOfRange",
        "would make a string of more than " + std::to_string(kMaxTextBytes) + " bytes");
  }
}

/// `characters` characters of `fill`, over and over.
std::string padding(const Call& call, std::int64_t characters) {
  const std::string_view fill = call.size() > 2 ? call.string(2) : " ";
  if (characters <= 0 || fill.empty()) return {};
  const std::int64_t unit = count_characters(fill);
  const auto whole = static_cast<std::size_t>(characters / unit);
  if (whole > kMaxTextBytes / fill.size()) check_size(call, kMaxTextBytes + 1);
  // Twice: a value takes the text from here.
  base::check_room(2 * (whole + 1) * fill.size());
  std::string out;
  out.reserve((whole + 1) * fill.size());
  for (std::size_t i = 0; i < whole; ++i) out += fill;
  out += fill.substr(0, bytes_of_first_characters(fill, characters % unit));
  return out;
}

Value left_pad(Arguments arguments, const FunctionContext& context) {
  const Call call("lpad", arguments, context);
  const std::string_view text = call.string(0);
  const std::int64_t length = count_argument(call, 1, "a length");
  const std::int64_t missing = length - count_characters(text);
  if (missing < 0) return text.substr(0, bytes_of_first_characters(text, length));
  return padding(call, missing) += text;
}

Value right_pad(Arguments arguments, const FunctionContext& context) {
  const Call call("rpad", arguments, context);
  const std::string_view text = call.string(0);
  const std::int64_t length = count_argument(call, 1, "a length");
  const std::int64_t missing = length - count_characters(text);
  if (missing < 0) return text.substr(0, bytes_of_first_characters(text, length));
  return std::string(text) += padding(call, missing);
}

Value repeat(Arguments arguments, const FunctionContext& context) {
  const Call call("repeat", arguments, context);
  const std::string_view text = call.string(0);
  const std::int64_t times = count_argument(call, 1, "a count");
  if (!text.empty() && static_cast<std::uint64_t>(times) > kMaxTextBytes / text.size()) {
    check_size(call, kMaxTextBytes + 1);
  }
  std::string out;
  if (text.empty()) return out;
  out.reserve(text.size() * static_cast<std::size_t>(times));
  for (std::int64_t i = 0; i < times; ++i) out += text;
  return out;
}

// ---- characters and their codes

Value character_code(Arguments arguments, const FunctionContext& context) {
  const std::string_view text = Call("ascii", arguments, context).string(0);
  if (text.empty()) return {};
  std::size_t offset = 0;
  return static_cast<std::int64_t>(base::utf8_next(text, offset));
}

Value character_of_code(Arguments arguments, const FunctionContext& context) {
  const Call call("chr", arguments, context);
  const std::int64_t code = call.integer(0);
  if (code < 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
    call.refuse_value(status::kInvalidArgument, "NumberOutOfRange",
                      "expects the number of a character, got " + std::to_string(code));
  }
  std::string out;
  base::utf8_append(out, static_cast<char32_t>(code));
  return out;
}

NormalForm form_argument(const Call& call) {
  if (call.size() < 2) return NormalForm::kNfc;
  const auto form = find_normal_form(call.string(1));
  if (!form) {
    call.refuse_value(
        status::kInvalidArgument, "InvalidArgumentValue",
        "knows the forms NFC, NFD, NFKC and NFKD, not '" + std::string(call.string(1)) + "'");
  }
  return *form;
}

Value normalize_text(Arguments arguments, const FunctionContext& context) {
  const Call call("normalize", arguments, context);
  return normalize(call.string(0), form_argument(call));
}

Value is_normalized(Arguments arguments, const FunctionContext& context) {
  const Call call("is_normalized", arguments, context);
  const std::string_view text = call.string(0);
  return is_ascii(text) || normalize(text, form_argument(call)) == text;
}

/// What these functions take, of the first argument; null when any is.
Type trimmed_type(std::span<const Type> arguments) {
  Type type = arguments[0];
  const std::uint32_t kinds = Type::bit(ValueType::kString) | Type::bit(ValueType::kBytes) |
                              Type::bit(ValueType::kList) | Type::kNullKind;
  type.kinds &= kinds;
  for (const Type& argument : arguments) type.kinds |= argument.kinds & Type::kNullKind;
  return type;
}

void add_measures(FunctionRegistry& registry) {
  add_scalar(registry, {"lower", "toLower"},
             {.name = {},
              .parameters = {text_type()},
              .minimum_arguments = 1,
              .maximum_arguments = 1,
              .result = text_type(),
              .evaluate = lower,
              .signature = "(text STRING) :: STRING",
              .description = "The text in lower case.",
              .vectorized = lower_vector});
  add_scalar(registry, {"upper", "toUpper"},
             {.name = {},
              .parameters = {text_type()},
              .minimum_arguments = 1,
              .maximum_arguments = 1,
              .result = text_type(),
              .evaluate = upper,
              .signature = "(text STRING) :: STRING",
              .description = "The text in upper case.",
              .vectorized = upper_vector});
  add_scalar(registry, {"char_length", "character_length"},
             {.name = {},
              .parameters = {text_type()},
              .minimum_arguments = 1,
              .maximum_arguments = 1,
              .result = integer_type(),
              .evaluate = char_length,
              .signature = "(text STRING) :: INT",
              .description = "The number of characters of a text.",
              .vectorized = char_length_vector});
  add_scalar(registry, {"byte_length", "octet_length"},
             {.name = {},
              .parameters = {any_of(ValueType::kString, ValueType::kBytes)},
              .minimum_arguments = 1,
              .maximum_arguments = 1,
              .result = integer_type(),
              .evaluate = byte_length,
              .signature = "(text STRING | BYTES) :: INT",
              .description = "The number of bytes of a byte string, or of a text in UTF-8."});
}

void add_trims(FunctionRegistry& registry) {
  const Type text_or_bytes = any_of(ValueType::kString, ValueType::kBytes);
  add_scalar(registry, {"trim", "btrim"},
             {.name = {},
              .parameters = {any_of(ValueType::kString, ValueType::kBytes, ValueType::kList),
                             any_of(ValueType::kString, ValueType::kBytes, ValueType::kInt64)},
              .minimum_arguments = 1,
              .maximum_arguments = 2,
              .result = any_of(ValueType::kString, ValueType::kBytes, ValueType::kList),
              .evaluate = trim,
              .signature = "(text STRING | BYTES [, characters STRING | BYTES]) :: STRING | BYTES",
              .description = "The text without white space, or the given characters, at both ends; "
                             "a byte string without zeros, or the given bytes; a list without its "
                             "last n elements.",
              .typer = trimmed_type});
  add_scalar(registry, {"ltrim"},
             {.name = {},
              .parameters = {text_or_bytes, text_or_bytes},
              .minimum_arguments = 1,
              .maximum_arguments = 2,
              .result = text_or_bytes,
              .evaluate = left_trim,
              .signature = "(text STRING | BYTES [, characters STRING | BYTES]) :: STRING | BYTES",
              .description = "The text without white space, or the given characters, at its start.",
              .typer = trimmed_type});
  add_scalar(registry, {"rtrim"},
             {.name = {},
              .parameters = {text_or_bytes, text_or_bytes},
              .minimum_arguments = 1,
              .maximum_arguments = 2,
              .result = text_or_bytes,
              .evaluate = right_trim,
              .signature = "(text STRING | BYTES [, characters STRING | BYTES]) :: STRING | BYTES",
              .description = "The text without white space, or the given characters, at its end.",
              .typer = trimmed_type});
}

void add_parts(FunctionRegistry& registry) {
  const Type text_or_bytes = any_of(ValueType::kString, ValueType::kBytes);
  add_scalar(registry, {"left"},
             {.name = {},
              .parameters = {text_or_bytes, integer_type()},
              .minimum_arguments = 2,
              .maximum_arguments = 2,
              .result = text_or_bytes,
              .evaluate = left,
              .signature = "(text STRING | BYTES, length INT) :: STRING | BYTES",
              .description = "The first characters of a text, or bytes of a byte string.",
              .typer = trimmed_type});
  add_scalar(registry, {"right"},
             {.name = {},
              .parameters = {text_or_bytes, integer_type()},
              .minimum_arguments = 2,
              .maximum_arguments = 2,
              .result = text_or_bytes,
              .evaluate = right,
              .signature = "(text STRING | BYTES, length INT) :: STRING | BYTES",
              .description = "The last characters of a text, or bytes of a byte string.",
              .typer = trimmed_type});
  add_scalar(registry, {"substring"},
             {.name = {},
              .parameters = {text_type(), integer_type(), integer_type()},
              .minimum_arguments = 2,
              .maximum_arguments = 3,
              .result = text_type(),
              .evaluate = substring,
              .signature = "(text STRING, start INT [, length INT]) :: STRING",
              .description = "The characters from a start on, which counts from 0."});
  add_scalar(registry, {"lpad"},
             {.name = {},
              .parameters = {text_type(), integer_type(), text_type()},
              .minimum_arguments = 2,
              .maximum_arguments = 3,
              .result = text_type(),
              .evaluate = left_pad,
              .signature = "(text STRING, length INT [, fill STRING]) :: STRING",
              .description = "The text filled up at its start, or cut, to a length."});
  add_scalar(registry, {"rpad"},
             {.name = {},
              .parameters = {text_type(), integer_type(), text_type()},
              .minimum_arguments = 2,
              .maximum_arguments = 3,
              .result = text_type(),
              .evaluate = right_pad,
              .signature = "(text STRING, length INT [, fill STRING]) :: STRING",
              .description = "The text filled up at its end, or cut, to a length."});
  add_scalar(registry, {"repeat"},
             {.name = {},
              .parameters = {text_type(), integer_type()},
              .minimum_arguments = 2,
              .maximum_arguments = 2,
              .result = text_type(),
              .evaluate = repeat,
              .signature = "(text STRING, times INT) :: STRING",
              .description = "The text, several times in a row."});
}

void add_characters(FunctionRegistry& registry) {
  add_scalar(registry, {"ascii"},
             {.name = {},
              .parameters = {text_type()},
              .minimum_arguments = 1,
              .maximum_arguments = 1,
              .result = integer_type(),
              .evaluate = character_code,
              .signature = "(text STRING) :: INT",
              .description = "The Unicode number of the first character; null of an empty text."});
  add_scalar(registry, {"chr", "char"},
             {.name = {},
              .parameters = {integer_type()},
              .minimum_arguments = 1,
              .maximum_arguments = 1,
              .result = text_type(),
              .evaluate = character_of_code,
              .signature = "(code INT) :: STRING",
              .description = "The character of a Unicode number."});
  add_scalar(
      registry, {"normalize"},
      {.name = {},
       .parameters = {text_type(), text_type()},
       .minimum_arguments = 1,
       .maximum_arguments = 2,
       .result = text_type(),
       .evaluate = normalize_text,
       .signature = "(text STRING [, form STRING]) :: STRING",
       .description = "The text in a normalization form of Unicode: NFC, NFD, NFKC or NFKD."});
  add_scalar(registry, {"is_normalized"},
             {.name = {},
              .parameters = {text_type(), text_type()},
              .minimum_arguments = 1,
              .maximum_arguments = 2,
              .result = boolean_type(),
              .evaluate = is_normalized,
              .signature = "(text STRING [, form STRING]) :: BOOL",
              .description = "Whether a text is in a normalization form of Unicode."});
}

}  // namespace

void register_string_functions(FunctionRegistry& registry) {
  add_measures(registry);
  add_trims(registry);
  add_parts(registry);
  add_characters(registry);
  register_string_search_functions(registry);
}

}  // namespace geode::gql
