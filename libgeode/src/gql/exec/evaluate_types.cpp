#include <algorithm>
#include <cmath>
#include <limits>

#include "gql/exec/evaluate_node.hpp"
#include "value/cast.hpp"

namespace geode::gql::exec::evaluation {

namespace {

struct NamedType {
  std::string_view name;
  ValueType type;
};

/// Canonical names of the parser, in the order of ValueType where one type has several.
constexpr NamedType kNamedTypes[] = {
    {"BOOL", ValueType::kBool},
    {"INT8", ValueType::kInt64},
    {"INT16", ValueType::kInt64},
    {"INT32", ValueType::kInt64},
    {"INT64", ValueType::kInt64},
    {"UINT8", ValueType::kInt64},
    {"UINT16", ValueType::kInt64},
    {"UINT32", ValueType::kInt64},
    {"UINT64", ValueType::kInt64},
    {"FLOAT32", ValueType::kFloat64},
    {"FLOAT64", ValueType::kFloat64},
    {"STRING", ValueType::kString},
    {"BYTES", ValueType::kBytes},
    {"DATE", ValueType::kDate},
    {"LOCAL TIME", ValueType::kLocalTime},
    {"ZONED TIME", ValueType::kZonedTime},
    {"LOCAL DATETIME", ValueType::kLocalDateTime},
    {"ZONED DATETIME", ValueType::kZonedDateTime},
    {"DURATION", ValueType::kDuration},
    {"LIST", ValueType::kList},
    {"RECORD", ValueType::kRecord},
    {"NODE", ValueType::kNode},
    {"EDGE", ValueType::kEdge},
    {"PATH", ValueType::kPath},
};

const NamedType* find_type(std::string_view name) {
  for (const NamedType& type : kNamedTypes) {
    if (type.name == name) return &type;
  }
  return nullptr;
}

struct IntegerRange {
  std::int64_t low = std::numeric_limits<std::int64_t>::min();
  std::int64_t high = std::numeric_limits<std::int64_t>::max();
};

IntegerRange range_of(std::string_view name) {
  if (name == "INT8") return {-128, 127};
  if (name == "INT16") return {-32768, 32767};
  if (name == "INT32")
    return {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()};
  if (name == "UINT8") return {0, 255};
  if (name == "UINT16") return {0, 65535};
  if (name == "UINT32") return {0, std::numeric_limits<std::uint32_t>::max()};
  if (name == "UINT64") return {0, std::numeric_limits<std::int64_t>::max()};
  return {};
}

}  // namespace

bool is_of_type(const Value& value, const ast::TypeSpecification& type) {
  if (type.name == "NULL") return value.is_null();
  if (type.name == "NOTHING") return false;
  if (value.is_null()) return !type.not_null;
  if (type.name == "ANY" || type.name == "ANY VALUE") return true;
  if (type.name == "ANY PROPERTY VALUE" || type.name == "PROPERTY VALUE") {
    return value.type() != ValueType::kNode && value.type() != ValueType::kEdge &&
           value.type() != ValueType::kPath;
  }
  if (type.name == "UNION") {
    return std::any_of(
        type.elements.begin(), type.elements.end(),
        [&](const ast::TypeSpecification& member) { return is_of_type(value, member); });
  }
  const NamedType* named = find_type(type.name);
  if (!named || named->type != value.type()) return false;
  switch (value.type()) {
    case ValueType::kInt64: {
      IntegerRange range = range_of(type.name);
      return value.as_int64() >= range.low && value.as_int64() <= range.high;
    }
    case ValueType::kList:
      return type.elements.empty() ||
             std::all_of(value.as_list().begin(), value.as_list().end(), [&](const Value& element) {
               return is_of_type(element, type.elements[0]);
             });
    case ValueType::kRecord:
      return std::all_of(type.fields.begin(), type.fields.end(), [&](const auto& field) {
        const Value* found = value.field(field.first);
        return found && is_of_type(*found, field.second);
      });
    default:
      return true;
  }
}

Value cast_value(const Value& value, const ast::TypeSpecification& type,
                 const FunctionContext& context, Position position) {
  if (value.is_null()) {
    if (type.not_null)
      throw Error(status::kNullNotAllowed, "null cannot be cast to a type that is NOT NULL",
                  position);
    return value;
  }
  if (type.name == "ANY" || type.name == "ANY VALUE") return value;
  const NamedType* named = find_type(type.name);
  if (!named)
    throw Error(status::kInvalidReference, "CAST does not know the type " + type.name, position);
  if (named->type == ValueType::kList && value.type() == ValueType::kList) {
    if (type.elements.empty()) return value;
    List list;
    for (const Value& element : value.as_list())
      list.push_back(cast_value(element, type.elements[0], context, position));
    return list;
  }
  value::Clock clock{context.now_seconds, context.now_nanoseconds,
                     context.time_zone.empty() ? "Z" : context.time_zone};
  try {
    Value result = value::cast(value, named->type, clock);
    if (result.type() == ValueType::kInt64) {
      IntegerRange range = range_of(type.name);
      if (result.as_int64() < range.low || result.as_int64() > range.high) {
        throw Error(status::kNumberOutOfRange,
                    value.to_string() + " is out of range for " + type.name, position);
      }
    }
    if (result.type() == ValueType::kString && !type.arguments.empty() &&
        result.as_string().size() > static_cast<std::size_t>(type.arguments.back())) {
      throw Error(
          status::kStringTruncation,
          "the text is longer than " + std::to_string(type.arguments.back()) + " characters",
          position);
    }
    return result;
  } catch (Error& error) {
    if (error.position().line == 0) error.set_position(position);
    throw;
  }
}

}  // namespace geode::gql::exec::evaluation
