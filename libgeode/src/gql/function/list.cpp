#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>

#include <geode/error.hpp>
#include "base/running_limits.hpp"
#include "base/utf8.hpp"
#include "gql/function/arguments.hpp"
#include "gql/function/characters.hpp"
#include "gql/function/integer_range.hpp"
#include "value/compare.hpp"
#include "value/hash.hpp"

namespace geode::gql {

namespace {

using Arguments = std::span<const Value>;
using value::Physical;
using value::Type;
using value::Vector;
using Columns = std::span<const Vector* const>;
using Rows = std::span<const std::uint32_t>;

// ---- size

Value size(Arguments arguments, const FunctionContext& context) {
  const Call call("size", arguments, context);
  switch (call[0].type()) {
    case ValueType::kString:
      return count_characters(call[0].as_string());
    case ValueType::kBytes:
      return static_cast<std::int64_t>(call[0].as_bytes().size());
    case ValueType::kList:
      return static_cast<std::int64_t>(call[0].as_list().size());
    case ValueType::kRecord:
      return static_cast<std::int64_t>(call[0].as_record().size());
    default:
      call.refuse(0, "a list, string or record");
  }
}

bool size_vector(Columns arguments, Rows rows, Vector& out, const FunctionContext& context) {
  const Vector& in = *arguments[0];
  if (in.physical() != Physical::kString && in.physical() != Physical::kAny) return false;
  out.reset(Physical::kInt64);
  auto* results = out.mutable_data<std::int64_t>();
  for (const std::uint32_t row : rows) {
    if (in.is_null(row)) {
      out.set_null(row);
    } else if (in.physical() == Physical::kString) {
      results[row] = count_characters(in.at<std::string_view>(row));
    } else if (const Value& value = in.at<Value>(row); value.is_null()) {
      out.set_null(row);
    } else {
      results[row] = size({&value, 1}, context).unchecked_int64();
    }
  }
  return true;
}

Value cardinality(Arguments arguments, const FunctionContext& context) {
  const Call call("cardinality", arguments, context);
  switch (call[0].type()) {
    case ValueType::kList:
      return static_cast<std::int64_t>(call[0].as_list().size());
    case ValueType::kRecord:
      return static_cast<std::int64_t>(call[0].as_record().size());
    case ValueType::kPath:
      return static_cast<std::int64_t>(call[0].as_path().nodes.size() +
                                       call[0].as_path().edges.size());
    default:
      call.refuse(0, "a list, path or record");
  }
}

Value is_empty(Arguments arguments, const FunctionContext& context) {
  const Call call("isEmpty", arguments, context);
  switch (call[0].type()) {
    case ValueType::kString:
      return call[0].as_string().empty();
    case ValueType::kBytes:
      return call[0].as_bytes().empty();
    case ValueType::kList:
      return call[0].as_list().empty();
    case ValueType::kRecord:
      return call[0].as_record().empty();
    default:
      call.refuse(0, "a list, string or record");
  }
}

// ---- elements

Value head(Arguments arguments, const FunctionContext& context) {
  const List& list = Call("head", arguments, context).list(0);
  return list.empty() ? Value() : list.front();
}

Value last(Arguments arguments, const FunctionContext& context) {
  const List& list = Call("last", arguments, context).list(0);
  return list.empty() ? Value() : list.back();
}

/// Before a list of so many elements is made.
void check_list_room(std::size_t elements) {
  constexpr std::size_t kSmallList = 4096;
  if (elements > kSmallList) base::check_room(elements * sizeof(Value));
}

Value tail(Arguments arguments, const FunctionContext& context) {
  const List& list = Call("tail", arguments, context).list(0);
  check_list_room(list.size());
  return list.empty() ? List() : List(list.begin() + 1, list.end());
}

std::string reverse_characters(std::string_view text) {
  std::string out(text.size(), '\0');
  for (std::size_t offset = 0; offset < text.size();) {
    const std::size_t begin = offset;
    base::utf8_next(text, offset);
    std::copy(text.begin() + static_cast<std::ptrdiff_t>(begin),
              text.begin() + static_cast<std::ptrdiff_t>(offset),
              out.end() - static_cast<std::ptrdiff_t>(offset));
  }
  return out;
}

Value reverse(Arguments arguments, const FunctionContext& context) {
  const Call call("reverse", arguments, context);
  if (call[0].type() == ValueType::kString) return reverse_characters(call[0].as_string());
  if (call[0].type() != ValueType::kList) call.refuse(0, "a list or string");
  const List& list = call[0].as_list();
  check_list_room(list.size());
  return List(list.rbegin(), list.rend());
}

Value range(Arguments arguments, const FunctionContext& context) {
  const IntegerRange range = integer_range(arguments, context);
  if (range.count > kMaxListElements) {
    Call("range", arguments, context)
        .refuse_value(
            status::kLimitExceeded, "NumberOutOfRange",
            "would make a list of more than " + std::to_string(kMaxListElements) + " elements");
  }
  check_list_room(range.count);
  List list;
  list.reserve(range.count);
  base::Poll poll;
  for (std::uint64_t i = 0; i < range.count; ++i) {
    list.emplace_back(range[i]);
    poll.step();
  }
  return list;
}

Value list_contains(Arguments arguments, const FunctionContext& context) {
  const Call call("list_contains", arguments, context);
  bool unknown = false;
  base::Poll poll;
  for (const Value& element : call.list(0)) {
    poll.step();
    const std::optional<bool> equal = value::equals(element, call[1]);
    if (equal.value_or(false)) return true;
    unknown = unknown || !equal;
  }
  return unknown ? Value() : Value(false);
}

Value list_append(Arguments arguments, const FunctionContext& context) {
  const Call call("list_append", arguments, context);
  if (call[0].is_null()) return {};
  check_list_room(2 * call.list(0).size());
  List list = call.list(0);
  list.push_back(call[1]);
  return list;
}

Value list_prepend(Arguments arguments, const FunctionContext& context) {
  const Call call("list_prepend", arguments, context);
  if (call[0].is_null()) return {};
  check_list_room(call.list(0).size());
  List list{call[1]};
  list.insert(list.end(), call.list(0).begin(), call.list(0).end());
  return list;
}

Value list_sort(Arguments arguments, const FunctionContext& context) {
  const Call call("list_sort", arguments, context);
  // Sorting takes the elements half as much again.
  check_list_room(call.list(0).size() + call.list(0).size() / 2);
  List list = call.list(0);
  bool descending = false;
  if (call.size() > 1) {
    if (call[1].type() != ValueType::kBool) call.refuse(1, "a boolean");
    descending = call[1].as_bool();
  }
  base::Poll poll;
  std::stable_sort(list.begin(), list.end(), [descending, &poll](const Value& a, const Value& b) {
    poll.step();
    return descending ? value::order(b, a) < 0 : value::order(a, b) < 0;
  });
  return list;
}

struct PointedHash {
  std::size_t operator()(const Value* value) const { return value::hash(*value); }
};
struct PointedSame {
  bool operator()(const Value* a, const Value* b) const { return value::same(*a, *b); }
};

Value list_distinct(Arguments arguments, const FunctionContext& context) {
  const List& list = Call("list_distinct", arguments, context).list(0);
  std::unordered_set<const Value*, PointedHash, PointedSame> seen;
  List distinct;
  base::MemoryCharge charge(base::running_budget());
  constexpr std::size_t kBytesPerElement = sizeof(Value) + 4 * sizeof(void*);
  for (const Value& element : list) {
    if (seen.size() * kBytesPerElement > charge.bytes() + (1 << 20)) {
      charge.set(seen.size() * kBytesPerElement);
      base::poll_interrupt();
    }
    if (seen.insert(&element).second) distinct.push_back(element);
  }
  return distinct;
}

// ---- records

/// record_merge(a, b, ...): the fields of all records; of fields of one name the last one counts.
Value record_merge(Arguments arguments, const FunctionContext& context) {
  const Call call("record_merge", arguments, context);
  Record merged;
  for (std::size_t i = 0; i < call.size(); ++i) {
    if (call[i].type() != ValueType::kRecord) call.refuse(i, "a record");
    for (const auto& [name, value] : call[i].as_record()) {
      const auto same = [&name = name](const auto& field) { return field.first == name; };
      const auto found = std::find_if(merged.begin(), merged.end(), same);
      if (found == merged.end()) {
        merged.emplace_back(name, value);
      } else {
        found->second = value;
      }
    }
  }
  return merged;
}

// ---- types

std::uint32_t nulls_of(std::span<const Type> arguments) {
  std::uint32_t nulls = 0;
  for (const Type& type : arguments) nulls |= type.kinds & Type::kNullKind;
  return nulls;
}

Type element_of_first(std::span<const Type> arguments) {
  return arguments[0].element_type().with_null();
}

/// The list itself, or a text; other types of the argument end in an error.
Type list_of_first(std::span<const Type> arguments) {
  Type type = arguments[0];
  type.kinds &= Type::bit(ValueType::kList) | Type::bit(ValueType::kString);
  type.kinds |= nulls_of(arguments);
  return type;
}

Type range_type(std::span<const Type> arguments) {
  Type type = Type::list_of(integer_type());
  type.kinds |= nulls_of(arguments);
  return type;
}

Type grown_list_type(std::span<const Type> arguments) {
  Type type = Type::list_of(arguments[0].element_type().unite(arguments[1]));
  if (!arguments[0].may_be(ValueType::kList)) type = Type::list_of(arguments[1]);
  if (arguments[0].may_be_null()) type = type.with_null();
  return type;
}

void add_sizes(FunctionRegistry& registry) {
  add_scalar(registry, {"size"},
             {.name = {},
              .parameters = {any_of(ValueType::kList, ValueType::kString, ValueType::kRecord,
                                    ValueType::kBytes)},
              .minimum_arguments = 1,
              .maximum_arguments = 1,
              .result = integer_type(),
              .evaluate = size,
              .signature = "(value LIST | STRING | RECORD | BYTES) :: INT",
              .description = "The number of elements, characters, fields or bytes.",
              .vectorized = size_vector});
  add_scalar(
      registry, {"cardinality"},
      {.name = {},
       .parameters = {any_of(ValueType::kList, ValueType::kPath, ValueType::kRecord)},
       .minimum_arguments = 1,
       .maximum_arguments = 1,
       .result = integer_type(),
       .evaluate = cardinality,
       .signature = "(value LIST | PATH | RECORD) :: INT",
       .description = "The number of elements of a list, of nodes and edges of a path, or of "
                      "fields of a record."});
  add_scalar(registry, {"isEmpty", "is_empty"},
             {.name = {},
              .parameters = {any_of(ValueType::kList, ValueType::kString, ValueType::kRecord,
                                    ValueType::kBytes)},
              .minimum_arguments = 1,
              .maximum_arguments = 1,
              .result = boolean_type(),
              .evaluate = is_empty,
              .signature = "(value LIST | STRING | RECORD | BYTES) :: BOOL",
              .description = "Whether there are no elements, characters, fields or bytes."});
}

void add_elements(FunctionRegistry& registry) {
  const Type reversible = any_of(ValueType::kList, ValueType::kString);
  add_scalar(registry, {"head"},
             {.name = {},
              .parameters = {list_type()},
              .minimum_arguments = 1,
              .maximum_arguments = 1,
              .result = Type::any(),
              .evaluate = head,
              .signature = "(list LIST) :: ANY",
              .description = "The first element of a list; null when there is none.",
              .typer = element_of_first});
  add_scalar(registry, {"last"},
             {.name = {},
              .parameters = {list_type()},
              .minimum_arguments = 1,
              .maximum_arguments = 1,
              .result = Type::any(),
              .evaluate = last,
              .signature = "(list LIST) :: ANY",
              .description = "The last element of a list; null when there is none.",
              .typer = element_of_first});
  add_scalar(registry, {"tail"},
             {.name = {},
              .parameters = {list_type()},
              .minimum_arguments = 1,
              .maximum_arguments = 1,
              .result = list_type(),
              .evaluate = tail,
              .signature = "(list LIST) :: LIST",
              .description = "The list without its first element.",
              .typer = list_of_first});
  add_scalar(registry, {"reverse"},
             {.name = {},
              .parameters = {reversible},
              .minimum_arguments = 1,
              .maximum_arguments = 1,
              .result = reversible,
              .evaluate = reverse,
              .signature = "(value LIST | STRING) :: LIST | STRING",
              .description = "The elements or characters in opposite order.",
              .typer = list_of_first});
  add_scalar(registry, {"range"},
             {.name = {},
              .parameters = {integer_type(), integer_type(), integer_type()},
              .minimum_arguments = 2,
              .maximum_arguments = 3,
              .result = Type::list_of(integer_type()),
              .evaluate = range,
              .signature = "(from INT, to INT [, step INT]) :: LIST<INT>",
              .description = "The integers from one to another, both included.",
              .typer = range_type});
  add_scalar(registry, {"list_contains"},
             {.name = {},
              .parameters = {list_type(), Type::any()},
              .minimum_arguments = 2,
              .maximum_arguments = 2,
              .result = boolean_type(),
              .evaluate = list_contains,
              .signature = "(list LIST, value ANY) :: BOOL",
              .description = "Whether a value is an element of a list."});
  add_scalar(registry, {"list_append"},
             {.name = {},
              .parameters = {list_type(), Type::any()},
              .minimum_arguments = 2,
              .maximum_arguments = 2,
              .result = list_type().with_null(),
              .evaluate = list_append,
              .signature = "(list LIST, value ANY) :: LIST",
              .description = "The list with one more element at its end.",
              .null_in_null_out = false,
              .typer = grown_list_type});
  add_scalar(registry, {"list_prepend"},
             {.name = {},
              .parameters = {list_type(), Type::any()},
              .minimum_arguments = 2,
              .maximum_arguments = 2,
              .result = list_type().with_null(),
              .evaluate = list_prepend,
              .signature = "(list LIST, value ANY) :: LIST",
              .description = "The list with one more element at its start.",
              .null_in_null_out = false,
              .typer = grown_list_type});
  add_scalar(registry, {"list_sort"},
             {.name = {},
              .parameters = {list_type(), boolean_type()},
              .minimum_arguments = 1,
              .maximum_arguments = 2,
              .result = list_type(),
              .evaluate = list_sort,
              .signature = "(list LIST [, descending BOOL]) :: LIST",
              .description = "The elements in the order of ORDER BY.",
              .typer = list_of_first});
  add_scalar(registry, {"list_distinct"},
             {.name = {},
              .parameters = {list_type()},
              .minimum_arguments = 1,
              .maximum_arguments = 1,
              .result = list_type(),
              .evaluate = list_distinct,
              .signature = "(list LIST) :: LIST",
              .description = "The elements, each value once, where it first stands.",
              .typer = list_of_first});
}

void add_records(FunctionRegistry& registry) {
  add_scalar(registry, {"record_merge", "map_merge"},
             {.name = {},
              .parameters = {record_type()},
              .minimum_arguments = 1,
              .maximum_arguments = ScalarFunction::kVariadic,
              .result = record_type(),
              .evaluate = record_merge,
              .signature = "(record RECORD, ...) :: RECORD",
              .description = "The fields of all records; of fields of one name the last one."});
}

}  // namespace

IntegerRange integer_range(Arguments arguments, const FunctionContext& context) {
  const Call call("range", arguments, context);
  IntegerRange range;
  range.first = call.integer(0);
  const std::int64_t to = call.integer(1);
  if (call.size() > 2) range.step = call.integer(2);
  if (range.step == 0) {
    call.refuse_value(status::kInvalidArgument, "NumberOutOfRange", "expects a step that is not 0");
  }
  if (range.step > 0 ? range.first > to : range.first < to) return range;
  // 128 bits, as the ends can be farther apart than 64 hold. All integers there are, one by one,
  // are one more than can be counted.
  const __int128 elements = (static_cast<__int128>(to) - range.first) / range.step + 1;
  range.count = static_cast<std::uint64_t>(
      std::min<__int128>(elements, std::numeric_limits<std::uint64_t>::max()));
  return range;
}

bool is_range(const ScalarFunction& function) { return function.evaluate == range; }

void register_list_functions(FunctionRegistry& registry) {
  add_sizes(registry);
  add_elements(registry);
  add_records(registry);
}

}  // namespace geode::gql
