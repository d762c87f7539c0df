#include "json/json_writer.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>

#include <utf8proc.h>

namespace geode::json {

namespace {

template <class Integer>
void append_integer(std::string& out, Integer value) {
  char buffer[24];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  out.append(buffer, end);
}

void append_shortest(std::string& out, double value) {
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  const std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
  out += text;
  if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
}

void append_float(std::string& out, double value, JsonForm form) {
  const bool finite = std::isfinite(value);
  if (form == JsonForm::kTagged) out += "{\"$float\":";
  if (form == JsonForm::kTagged || !finite) out += '"';
  if (finite) {
    append_shortest(out, value);
  } else {
    out += std::isnan(value) ? "NaN" : value > 0 ? "Inf" : "-Inf";
  }
  if (form == JsonForm::kTagged || !finite) out += '"';
  if (form == JsonForm::kTagged) out += '}';
}

void append_object(std::string& out, const Record& fields, JsonForm form) {
  out += '{';
  for (const auto& [name, value] : fields) {
    append_json_key(out, name);
    append_json(out, value, form);
  }
  out += '}';
}

void append_list(std::string& out, const std::vector<Value>& items, JsonForm form) {
  out += '[';
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += ',';
    append_json(out, items[i], form);
  }
  out += ']';
}

void append_node(std::string& out, const Value& value, JsonForm form) {
  static const Node kUnread;
  const Node& node = value.is_reference() ? kUnread : value.as_node();
  const bool tagged = form == JsonForm::kTagged;
  out += tagged ? "{\"$node\":{\"id\":" : "{\"id\":";
  append_integer(out, raw(value.node_id()));
  out += ",\"labels\":[";
  for (std::size_t i = 0; i < node.labels.size(); ++i) {
    if (i > 0) out += ',';
    append_json_string(out, node.labels[i]);
  }
  out += tagged ? "],\"props\":" : "],\"properties\":";
  append_object(out, node.properties, form);
  out += tagged ? "}}" : "}";
}

void append_edge(std::string& out, const Edge& edge, JsonForm form) {
  const bool tagged = form == JsonForm::kTagged;
  out += tagged ? "{\"$rel\":{\"id\":" : "{\"id\":";
  append_integer(out, raw(edge.id));
  out += tagged ? ",\"type\":" : ",\"label\":";
  append_json_string(out, edge.label);
  out += tagged ? ",\"src\":" : ",\"source\":";
  append_integer(out, raw(edge.source));
  out += tagged ? ",\"dst\":" : ",\"target\":";
  append_integer(out, raw(edge.target));
  if (!edge.directed) out += ",\"directed\":false";
  out += tagged ? ",\"props\":" : ",\"properties\":";
  append_object(out, edge.properties, form);
  out += tagged ? "}}" : "}";
}

void append_path(std::string& out, const Path& path, JsonForm form) {
  const bool tagged = form == JsonForm::kTagged;
  out += tagged ? "{\"$path\":{\"nodes\":" : "{\"nodes\":";
  append_list(out, path.nodes, form);
  out += tagged ? ",\"rels\":" : ",\"edges\":";
  append_list(out, path.edges, form);
  out += tagged ? "}}" : "}";
}

void append_text(std::string& out, std::string_view text, JsonForm form) {
  if (form == JsonForm::kTagged) out += "{\"$text\":";
  append_json_string(out, text);
  if (form == JsonForm::kTagged) out += '}';
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  std::size_t clean = 0;  // start of the bytes that can be copied as they are
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\' && c != 0x7f) {
      ++i;
      continue;
    }
    if (c >= 0x80) {
      utf8proc_int32_t code = -1;
      const utf8proc_ssize_t bytes =
          utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + i,
                           static_cast<utf8proc_ssize_t>(text.size() - i), &code);
      if (bytes > 0) {
        i += static_cast<std::size_t>(bytes);
        continue;
      }
    }
    out += text.substr(clean, i - clean);
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (c >= 0x80) {
          out += "\xEF\xBF\xBD";
        } else {
          out += "\\u00";
          out += kHex[c >> 4];
          out += kHex[c & 0xf];
        }
    }
    clean = ++i;
  }
  out += text.substr(clean);
  out += '"';
}

void append_json_key(std::string& out, std::string_view key) {
  if (!out.empty() && out.back() != '{' && out.back() != '[') out += ',';
  append_json_string(out, key);
  out += ':';
}

void append_json(std::string& out, const Value& value, JsonForm form) {
  switch (value.type()) {
    case ValueType::kNull:
      out += "null";
      return;
    case ValueType::kBool:
      out += value.as_bool() ? "true" : "false";
      return;
    case ValueType::kInt64:
      append_integer(out, value.as_int64());
      return;
    case ValueType::kFloat64:
      append_float(out, value.as_float64(), form);
      return;
    case ValueType::kDecimal:
      append_text(out, value.as_decimal().to_string(), form);
      return;
    case ValueType::kString:
      append_json_string(out, value.as_string());
      return;
    case ValueType::kDate:
    case ValueType::kLocalTime:
    case ValueType::kZonedTime:
    case ValueType::kLocalDateTime:
    case ValueType::kZonedDateTime:
    case ValueType::kDuration:
    case ValueType::kBytes:
      append_text(out, value.to_string(), form);
      return;
    case ValueType::kList:
      append_list(out, value.as_list(), form);
      return;
    case ValueType::kRecord:
      if (form == JsonForm::kTagged) out += "{\"$map\":";
      append_object(out, value.as_record(), form);
      if (form == JsonForm::kTagged) out += '}';
      return;
    case ValueType::kNode:
      append_node(out, value, form);
      return;
    case ValueType::kEdge:
      append_edge(out, value.as_edge(), form);
      return;
    case ValueType::kPath:
      append_path(out, value.as_path(), form);
      return;
    case ValueType::kGraph:
      append_text(out, value.as_graph().path, form);
      return;
  }
}

}  // namespace geode::json
