#include "value/declared_type.hpp"

#include <algorithm>
#include <cmath>

#include "base/utf8.hpp"
#include "value/decimal.hpp"
#include "value/text.hpp"

namespace geode::value {

namespace {

using Kind = DeclaredType::Kind;

struct NamedType {
  std::string_view name;
  Kind kind;
  std::uint16_t bits = 64;
};

/// Every name of one word; the first of several for a type is the one it is printed with.
constexpr NamedType kNamedTypes[] = {
    {"ANY", Kind::kAny},
    {"NULL", Kind::kNull},
    {"NOTHING", Kind::kNothing},
    {"BOOL", Kind::kBool},
    {"BOOLEAN", Kind::kBool},
    {"INT8", Kind::kInteger, 8},
    {"INT16", Kind::kInteger, 16},
    {"INT32", Kind::kInteger, 32},
    {"INT64", Kind::kInteger, 64},
    {"INT128", Kind::kInteger, 128},
    {"INT256", Kind::kInteger, 256},
    {"INT", Kind::kInteger, 64},
    {"INTEGER", Kind::kInteger, 64},
    {"BIGINT", Kind::kInteger, 64},
    {"SMALLINT", Kind::kInteger, 16},
    {"INTEGER8", Kind::kInteger, 8},
    {"INTEGER16", Kind::kInteger, 16},
    {"INTEGER32", Kind::kInteger, 32},
    {"INTEGER64", Kind::kInteger, 64},
    {"INTEGER128", Kind::kInteger, 128},
    {"INTEGER256", Kind::kInteger, 256},
    {"UINT8", Kind::kUnsigned, 8},
    {"UINT16", Kind::kUnsigned, 16},
    {"UINT32", Kind::kUnsigned, 32},
    {"UINT64", Kind::kUnsigned, 64},
    {"UINT128", Kind::kUnsigned, 128},
    {"UINT256", Kind::kUnsigned, 256},
    {"UINT", Kind::kUnsigned, 64},
    {"UBIGINT", Kind::kUnsigned, 64},
    {"USMALLINT", Kind::kUnsigned, 16},
    {"DECIMAL", Kind::kDecimal},
    {"DEC", Kind::kDecimal},
    {"NUMERIC", Kind::kDecimal},
    {"FLOAT16", Kind::kFloat, 16},
    {"FLOAT32", Kind::kFloat, 32},
    {"FLOAT64", Kind::kFloat, 64},
    {"FLOAT128", Kind::kFloat, 128},
    {"FLOAT256", Kind::kFloat, 256},
    {"FLOAT", Kind::kFloat, 64},
    {"REAL", Kind::kFloat, 32},
    {"DOUBLE", Kind::kFloat, 64},
    {"STRING", Kind::kString},
    {"VARCHAR", Kind::kString},
    {"CHAR", Kind::kString},
    {"TEXT", Kind::kString},
    {"BYTES", Kind::kBytes},
    {"VARBINARY", Kind::kBytes},
    {"BINARY", Kind::kBytes},
    {"DATE", Kind::kDate},
    {"TIME", Kind::kLocalTime},
    {"LOCALTIME", Kind::kLocalTime},
    {"TIMETZ", Kind::kZonedTime},
    {"TIMESTAMP", Kind::kLocalDateTime},
    {"LOCALDATETIME", Kind::kLocalDateTime},
    {"DATETIME", Kind::kZonedDateTime},
    {"TIMESTAMPTZ", Kind::kZonedDateTime},
    {"DURATION", Kind::kDuration},
    {"INTERVAL", Kind::kDuration},
    {"LIST", Kind::kList},
    {"ARRAY", Kind::kList},
    {"RECORD", Kind::kRecord},
    {"MAP", Kind::kRecord},
    {"NODE", Kind::kNode},
    {"VERTEX", Kind::kNode},
    {"EDGE", Kind::kEdge},
    {"RELATIONSHIP", Kind::kEdge},
    {"PATH", Kind::kPath},
    {"GRAPH", Kind::kGraph},
    {"TABLE", Kind::kTable},
};

std::string_view plain_name(const DeclaredType& type) {
  switch (type.kind) {
    case Kind::kAny:
      return "ANY VALUE";
    case Kind::kPropertyValue:
      return "ANY PROPERTY VALUE";
    case Kind::kLocalTime:
      return "LOCAL TIME";
    case Kind::kZonedTime:
      return "ZONED TIME";
    case Kind::kLocalDateTime:
      return "LOCAL DATETIME";
    case Kind::kZonedDateTime:
      return "ZONED DATETIME";
    case Kind::kYearMonthDuration:
      return "DURATION(YEAR TO MONTH)";
    case Kind::kDayTimeDuration:
      return "DURATION(DAY TO SECOND)";
    default:
      if (type.bare && type.bits == DeclaredType().bits) {
        if (type.kind == Kind::kInteger) return "INT";
        if (type.kind == Kind::kUnsigned) return "UINT";
        if (type.kind == Kind::kFloat) return "FLOAT";
      }
      for (const NamedType& named : kNamedTypes) {
        if (named.kind == type.kind && named.bits == type.bits) return named.name;
      }
      return "ANY";
  }
}

void append_lengths(std::string& out, const DeclaredType& type) {
  if (type.minimum == 0 && type.maximum == DeclaredType::kUnlimited) return;
  out += '(';
  if (type.minimum > 0) out += std::to_string(type.minimum) + ", ";
  out += std::to_string(type.maximum) + ')';
}

void append_fields(std::string& out, const DeclaredType& type) {
  if (type.open) return;
  out += out.ends_with('(') || out.ends_with('[') ? "{" : " {";
  for (std::size_t i = 0; i < type.parts.size(); ++i) {
    if (i > 0) out += ", ";
    append_identifier(out, type.field_names[i]);
    out += ' ' + type.parts[i].name();
  }
  out += '}';
}

/// ` (:City {name STRING})`, ` ()-[:KNOWS]->()`
void append_filler(std::string& out, const DeclaredType& type) {
  if (type.labels.empty() && type.parts.empty()) return;
  const bool edge = type.kind == Kind::kEdge;
  out += edge ? " ()-[" : " (";
  for (std::size_t i = 0; i < type.labels.size(); ++i) {
    out += i == 0 ? ':' : '&';
    append_identifier(out, type.labels[i]);
  }
  if (!type.parts.empty()) append_fields(out, type);
  out += edge ? "]->()" : ")";
}

/// Every element, in turn, of a list of at most so many.
template <class Test>
bool all_belong(const List& list, std::uint64_t maximum, Test test) {
  return list.size() <= maximum && std::all_of(list.begin(), list.end(), test);
}

bool fields_belong(const Record& record, const DeclaredType& type) {
  if (type.open) return true;
  if (record.size() != type.parts.size()) return false;
  return std::all_of(record.begin(), record.end(), [&](const auto& field) {
    const auto name = std::find(type.field_names.begin(), type.field_names.end(), field.first);
    return name != type.field_names.end() &&
           belongs(field.second,
                   type.parts[static_cast<std::size_t>(name - type.field_names.begin())]);
  });
}

/// Of properties, unlike those of records, more may be there than are declared: absent ones count
/// as null.
bool properties_belong(const Record& properties, const DeclaredType& type) {
  for (std::size_t i = 0; i < type.parts.size(); ++i) {
    const auto found =
        std::find_if(properties.begin(), properties.end(),
                     [&](const auto& property) { return property.first == type.field_names[i]; });
    if (!belongs(found == properties.end() ? Value() : found->second, type.parts[i])) return false;
  }
  return true;
}

bool node_belongs(const Value& value, const DeclaredType& type) {
  if (type.labels.empty() && type.parts.empty()) return true;
  const Node& node = value.as_node();
  return std::all_of(type.labels.begin(), type.labels.end(),
                     [&](const std::string& label) {
                       return std::binary_search(node.labels.begin(), node.labels.end(), label);
                     }) &&
         properties_belong(node.properties, type);
}

bool edge_belongs(const Edge& edge, const DeclaredType& type) {
  return std::all_of(type.labels.begin(), type.labels.end(),
                     [&](const std::string& label) { return edge.label == label; }) &&
         properties_belong(edge.properties, type);
}

bool is_storable(const Value& value) {
  switch (value.type()) {
    case ValueType::kNode:
    case ValueType::kEdge:
    case ValueType::kPath:
    case ValueType::kGraph:
      return false;
    case ValueType::kList:
      return std::all_of(value.as_list().begin(), value.as_list().end(), is_storable);
    case ValueType::kRecord:
      return std::all_of(value.as_record().begin(), value.as_record().end(),
                         [](const auto& field) { return is_storable(field.second); });
    default:
      return true;
  }
}

bool has_width(double value, unsigned bits) {
  return std::isnan(value) || round_to_width(value, bits) == value;
}

bool has_no_time(const Duration& duration) {
  return duration.days == 0 && duration.seconds == 0 && duration.nanoseconds == 0;
}

/// Integers have no fraction digits, not even zeros: 1.0M is no INT. A DECIMAL with a scale has
/// what it can hold without rounding.
bool is_exact_number_of(const Value& value, const DeclaredType& type) {
  if (value.type() != ValueType::kInt64 && value.type() != ValueType::kDecimal) return false;
  const Decimal number = exact(value);
  if (type.kind != Kind::kDecimal && number.scale > 0) return false;
  if (type.precision > 0 && normalized(number).scale > type.scale) return false;
  return is_in_range_of(number, type);
}

bool is_long_enough(std::uint64_t length, const DeclaredType& type) {
  return length >= type.minimum && length <= type.maximum;
}

}  // namespace

DeclaredType DeclaredType::of(Kind kind) {
  DeclaredType type;
  type.kind = kind;
  return type;
}

std::optional<DeclaredType> find_type(std::string_view name) {
  const auto same = [&](const NamedType& named) {
    return std::equal(name.begin(), name.end(), named.name.begin(), named.name.end(),
                      [](char a, char b) {
                        return (a >= 'a' && a <= 'z' ? static_cast<char>(a - 'a' + 'A') : a) == b;
                      });
  };
  const auto* found = std::find_if(std::begin(kNamedTypes), std::end(kNamedTypes), same);
  if (found == std::end(kNamedTypes)) return std::nullopt;
  DeclaredType type = DeclaredType::of(found->kind);
  type.bits = found->bits;
  const auto spelled = [&](std::string_view word) { return found->name == word; };
  type.bare = spelled("INT") || spelled("INTEGER") || spelled("UINT") || spelled("FLOAT");
  return type;
}

std::vector<std::string_view> type_names() {
  std::vector<std::string_view> names;
  for (const NamedType& named : kNamedTypes) names.push_back(named.name);
  return names;
}

bool DeclaredType::may_hold_int64() const {
  if (kind != Kind::kInteger && kind != Kind::kUnsigned) return false;
  return precision > 0 ? precision <= kInt64Digits : bits <= 64;
}

bool DeclaredType::may_hold_decimal() const {
  return !may_hold_int64() || (kind == Kind::kUnsigned && precision == 0 && bits == 64);
}

std::string DeclaredType::name() const {
  std::string out;
  switch (kind) {
    case Kind::kUnion:
      out = "ANY<";
      for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0) out += " | ";
        out += parts[i].name();
      }
      out += '>';
      break;
    case Kind::kInteger:
    case Kind::kUnsigned:
      if (precision > 0) {
        out = kind == Kind::kInteger ? "INT(" : "UINT(";
        out += std::to_string(precision) + ')';
      } else {
        out = plain_name(*this);
      }
      break;
    case Kind::kDecimal:
      out = plain_name(*this);
      if (precision > 0) {
        out += '(' + std::to_string(precision);
        if (scale > 0) out += ", " + std::to_string(scale);
        out += ')';
      }
      break;
    case Kind::kString:
    case Kind::kBytes:
      out = plain_name(*this);
      append_lengths(out, *this);
      break;
    case Kind::kList:
      out = plain_name(*this);
      if (!parts.empty()) out += '<' + parts.front().name() + '>';
      if (maximum != kUnlimited) out += '[' + std::to_string(maximum) + ']';
      break;
    case Kind::kRecord:
    case Kind::kTable:
      out = plain_name(*this);
      append_fields(out, *this);
      break;
    case Kind::kNode:
    case Kind::kEdge:
      out = plain_name(*this);
      append_filler(out, *this);
      break;
    default:
      out = plain_name(*this);
      break;
  }
  if (not_null) out += " NOT NULL";
  return out;
}

bool DeclaredType::reads_elements() const {
  if (!labels.empty()) return true;
  if (kind == Kind::kNode || kind == Kind::kEdge) return !parts.empty();
  return std::any_of(parts.begin(), parts.end(),
                     [](const DeclaredType& part) { return part.reads_elements(); });
}

Type DeclaredType::value_type() const {
  const auto basic = [this]() -> Type {
    switch (kind) {
      case Kind::kAny:
        return Type::any();
      case Kind::kPropertyValue:
        return Type::of_kinds(Type::kAllKinds & ~Type::kReferenceKinds);
      case Kind::kNull:
        return Type::null();
      case Kind::kNothing:
        return Type::none();
      case Kind::kUnion: {
        Type result = Type::none();
        for (const DeclaredType& part : parts) result = result.unite(part.value_type());
        return result;
      }
      case Kind::kBool:
        return Type::of(ValueType::kBool);
      case Kind::kInteger:
      case Kind::kUnsigned:
      case Kind::kDecimal:
        return Type::of_kinds((may_hold_int64() ? Type::bit(ValueType::kInt64) : 0) |
                              (may_hold_decimal() ? Type::bit(ValueType::kDecimal) : 0));
      case Kind::kFloat:
        return Type::of(ValueType::kFloat64);
      case Kind::kString:
        return Type::of(ValueType::kString);
      case Kind::kBytes:
        return Type::of(ValueType::kBytes);
      case Kind::kDate:
        return Type::of(ValueType::kDate);
      case Kind::kLocalTime:
        return Type::of(ValueType::kLocalTime);
      case Kind::kZonedTime:
        return Type::of(ValueType::kZonedTime);
      case Kind::kLocalDateTime:
        return Type::of(ValueType::kLocalDateTime);
      case Kind::kZonedDateTime:
        return Type::of(ValueType::kZonedDateTime);
      case Kind::kDuration:
      case Kind::kYearMonthDuration:
      case Kind::kDayTimeDuration:
        return Type::of(ValueType::kDuration);
      case Kind::kList:
        return Type::list_of(parts.empty() ? Type::any() : parts.front().value_type());
      case Kind::kRecord:
        return Type::of(ValueType::kRecord);
      case Kind::kNode:
        return Type::of(ValueType::kNode);
      case Kind::kEdge:
        return Type::of(ValueType::kEdge);
      case Kind::kPath:
        return Type::of(ValueType::kPath);
      case Kind::kGraph:
        return Type::of(ValueType::kGraph);
      case Kind::kTable:
        return Type::list_of(Type::of(ValueType::kRecord));
    }
    return Type::any();
  };
  const Type type = basic();
  if (not_null) return type.without_null();
  // The alternatives of a union say themselves whether null is one of them.
  return kind == Kind::kUnion || kind == Kind::kNothing ? type : type.with_null();
}

bool operator==(const DeclaredType& a, const DeclaredType& b) {
  return a.kind == b.kind && a.not_null == b.not_null && a.open == b.open && a.bits == b.bits &&
         a.precision == b.precision && a.scale == b.scale && a.minimum == b.minimum &&
         a.maximum == b.maximum && a.field_names == b.field_names && a.parts == b.parts &&
         a.labels == b.labels;
}

bool belongs(const Value& value, const DeclaredType& type) {
  if (type.kind == Kind::kUnion) {
    if (value.is_null() && type.not_null) return false;
    return std::any_of(type.parts.begin(), type.parts.end(),
                       [&](const DeclaredType& part) { return belongs(value, part); });
  }
  if (value.is_null()) return !type.not_null && type.kind != Kind::kNothing;
  const auto is = [&](ValueType kind) { return value.type() == kind; };
  switch (type.kind) {
    case Kind::kAny:
      return true;
    case Kind::kPropertyValue:
      return is_storable(value);
    case Kind::kNull:
    case Kind::kNothing:
    case Kind::kUnion:
      return false;
    case Kind::kBool:
      return is(ValueType::kBool);
    case Kind::kInteger:
    case Kind::kUnsigned:
    case Kind::kDecimal:
      return is_exact_number_of(value, type);
    case Kind::kFloat:
      return is(ValueType::kFloat64) && has_width(value.as_float64(), type.bits);
    case Kind::kString:
      return is(ValueType::kString) && is_long_enough(base::utf8_count(value.as_string()), type);
    case Kind::kBytes:
      return is(ValueType::kBytes) && is_long_enough(value.as_bytes().size(), type);
    case Kind::kDate:
      return is(ValueType::kDate);
    case Kind::kLocalTime:
      return is(ValueType::kLocalTime);
    case Kind::kZonedTime:
      return is(ValueType::kZonedTime);
    case Kind::kLocalDateTime:
      return is(ValueType::kLocalDateTime);
    case Kind::kZonedDateTime:
      return is(ValueType::kZonedDateTime);
    case Kind::kDuration:
      return is(ValueType::kDuration);
    case Kind::kYearMonthDuration:
      return is(ValueType::kDuration) && has_no_time(value.as_duration());
    case Kind::kDayTimeDuration:
      return is(ValueType::kDuration) && value.as_duration().months == 0;
    case Kind::kList:
      return is(ValueType::kList) &&
             all_belong(value.as_list(), type.maximum, [&](const Value& element) {
               return type.parts.empty() || belongs(element, type.parts.front());
             });
    case Kind::kRecord:
      return is(ValueType::kRecord) && fields_belong(value.as_record(), type);
    case Kind::kTable:
      return is(ValueType::kList) &&
             all_belong(value.as_list(), DeclaredType::kUnlimited, [&](const Value& row) {
               return row.type() == ValueType::kRecord && fields_belong(row.as_record(), type);
             });
    case Kind::kNode:
      return is(ValueType::kNode) && node_belongs(value, type);
    case Kind::kEdge:
      return is(ValueType::kEdge) && edge_belongs(value.as_edge(), type);
    case Kind::kPath:
      return is(ValueType::kPath);
    case Kind::kGraph:
      return is(ValueType::kGraph);
  }
  return false;
}

double round_to_width(double value, unsigned bits) {
  if (bits >= 64 || !std::isfinite(value)) return value;
  // Rounding to 24 bits is the conversion to float; a 16 bit number has 11 bits, fewer near zero.
  if (bits == 32) return static_cast<double>(static_cast<float>(value));
  constexpr double kOverflow = 65520;
  constexpr int kLeastExponent = -14;
  constexpr int kFractionBits = 10;
  if (std::abs(value) >= kOverflow) return std::copysign(HUGE_VAL, value);
  if (value == 0) return value;
  const int step = std::max(std::ilogb(value), kLeastExponent) - kFractionBits;
  return std::scalbn(std::nearbyint(std::scalbn(value, -step)), step);
}

bool is_in_range_of(const Decimal& number, const DeclaredType& type) {
  if (type.kind == Kind::kUnsigned && number.negative) return false;
  // What most integers are and most integer types hold takes no wide arithmetic.
  constexpr std::uint16_t kWordBits = 64;
  if (type.precision == 0 && type.bits >= kWordBits && number.scale == 0 && small_whole(number)) {
    return true;
  }
  if (type.precision > 0) return has_whole_digits(number, type.precision - type.scale);
  return type.kind == Kind::kDecimal || fits_integer(with_scale(number, 0, RoundingMode::kDown),
                                                     type.bits, type.kind == Kind::kUnsigned);
}

}  // namespace geode::value
