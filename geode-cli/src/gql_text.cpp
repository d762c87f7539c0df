#include "gql_text.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>

#include <geode/session.hpp>

namespace geode::cli {

namespace {

bool is_keyword(std::string_view name) {
  static const std::set<std::string, std::less<>> kKeywords(vocabulary().keywords.begin(),
                                                            vocabulary().keywords.end());
  std::string upper(name);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return kKeywords.contains(upper);
}

bool is_plain(std::string_view name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front()))) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
  });
}

void append_call(std::string& out, std::string_view function, const Value& value) {
  out += function;
  out += "('" + value.to_string() + "')";
}

}  // namespace

void append_gql_name(std::string& out, std::string_view name) {
  if (is_plain(name) && !is_keyword(name)) {
    out += name;
    return;
  }
  out += '`';
  for (const char c : name) {
    if (c == '`') out += '`';
    out += c;
  }
  out += '`';
}

void append_gql_record(std::string& out, const Record& fields) {
  out += '{';
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) out += ", ";
    append_gql_name(out, fields[i].first);
    out += ": ";
    append_gql_literal(out, fields[i].second);
  }
  out += '}';
}

void append_gql_literal(std::string& out, const Value& value) {
  switch (value.type()) {
    case ValueType::kFloat64:
      if (std::isfinite(value.as_float64())) {
        out += value.to_string();
      } else {
        out += "CAST('" + value.to_string() + "' AS FLOAT)";
      }
      return;
    case ValueType::kDate:
      return append_call(out, "date", value);
    case ValueType::kLocalTime:
      return append_call(out, "localtime", value);
    case ValueType::kZonedTime:
      return append_call(out, "time", value);
    case ValueType::kLocalDateTime:
      return append_call(out, "localdatetime", value);
    case ValueType::kZonedDateTime:
      return append_call(out, "datetime", value);
    case ValueType::kDuration:
      return append_call(out, "duration", value);
    case ValueType::kList: {
      out += '[';
      const List& items = value.as_list();
      for (std::size_t i = 0; i < items.size(); ++i) {
        if (i > 0) out += ", ";
        append_gql_literal(out, items[i]);
      }
      out += ']';
      return;
    }
    case ValueType::kRecord:
      return append_gql_record(out, value.as_record());
    case ValueType::kNull:
    case ValueType::kBool:
    case ValueType::kInt64:
    case ValueType::kDecimal:
    case ValueType::kString:
    case ValueType::kBytes:
    case ValueType::kNode:
    case ValueType::kEdge:
    case ValueType::kPath:
      out += value.to_string();
      return;
    case ValueType::kGraph:
      // From the root on, whatever the schema where it is read.
      out += value.as_graph().path.starts_with('/') ? "GRAPH " : "GRAPH /";
      out += value.as_graph().path;
      return;
  }
}

}  // namespace geode::cli
