#include <algorithm>
#include <array>

#include <geode/error.hpp>
#include <geode/value.hpp>
#include "base/running_limits.hpp"
#include "value/compare.hpp"
#include "value/decimal.hpp"
#include "value/temporal.hpp"
#include "value/text.hpp"

namespace geode {
inline namespace v1 {

std::string_view type_name(ValueType type) {
  static constexpr std::array<std::string_view, 19> kNames = {
      "NULL",  "BOOL",           "INT64",      "FLOAT64",        "DECIMAL",
      "DATE",  "LOCAL TIME",     "ZONED TIME", "LOCAL DATETIME", "STRING",
      "BYTES", "ZONED DATETIME", "DURATION",   "LIST",           "RECORD",
      "NODE",  "EDGE",           "PATH",       "GRAPH"};
  return kNames[static_cast<std::size_t>(type)];
}

template <class T>
struct Value::Holder final : SharedObject {
  explicit Holder(T c) : content(std::move(c)) {}
  const T content;
};

template <class T>
Value Value::make(ValueType type, T content) {
  Value value;
  value.payload_.object = new Holder<T>(std::move(content));
  value.type_ = type;
  value.shared_ = true;
  return value;
}

template <class T>
const T& Value::content() const {
  return static_cast<const Holder<T>*>(payload_.object)->content;
}

void Value::expect(ValueType type) const {
  if (type_ == type) return;
  throw Error(status::kInvalidValueType, "expected a value of type " +
                                             std::string(type_name(type)) + ", got " +
                                             std::string(type_name(type_)))
      .category("TypeError", "InvalidArgumentType");
}

void Value::release() noexcept {
  if (payload_.object->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    delete payload_.object;
  }
}

/// A whole number that fits one word is kept in place, its scale beside it.
Value::Value(const Decimal& d) {
  if (d.scale > Decimal::kMaxScale) {
    throw Error(status::kNumberOutOfRange,
                "a decimal has at most 76 digits behind the point, not " + std::to_string(d.scale));
  }
  if (const auto small = value::small_whole(d)) {
    type_ = ValueType::kDecimal;
    extra_ = d.scale;
    payload_.integer = *small;
  } else {
    make(ValueType::kDecimal, d).swap(*this);
  }
}
Value::Value(const char* text) : Value(std::string(text)) {}
Value::Value(std::string_view text) : Value(std::string(text)) {}
Value::Value(const std::string& text) { make(ValueType::kString, text).swap(*this); }
Value::Value(Bytes bytes) { make(ValueType::kBytes, std::move(bytes.data)).swap(*this); }
Value::Value(ZonedDateTime t) { make(ValueType::kZonedDateTime, std::move(t)).swap(*this); }
Value::Value(Duration d) { make(ValueType::kDuration, d).swap(*this); }
Value::Value(List list) { make(ValueType::kList, std::move(list)).swap(*this); }
Value::Value(Record record) { make(ValueType::kRecord, std::move(record)).swap(*this); }
Value::Value(Node node) { make(ValueType::kNode, std::move(node)).swap(*this); }
Value::Value(Edge edge) { make(ValueType::kEdge, std::move(edge)).swap(*this); }
Value::Value(Path path) { make(ValueType::kPath, std::move(path)).swap(*this); }
Value::Value(GraphReference graph) { make(ValueType::kGraph, std::move(graph)).swap(*this); }

std::size_t Value::heap_bytes() const noexcept {
  if (!shared_) return 0;
  // Lists of lists that hold one another many times over have no end that could be waited for.
  constexpr std::uint32_t kMostObjects = 1 << 22;
  thread_local std::uint32_t objects = 0;
  if (objects >= kMostObjects) return sizeof(Holder<List>);
  const struct Counted {
    Counted() : outermost(objects++ == 0) {}
    ~Counted() {
      if (outermost) objects = 0;
    }
    const bool outermost;
  } counted;
  constexpr std::size_t kBlockBytes = 16;  // of the allocator, a block
  constexpr std::size_t kShortText = 15;
  // A value on its way into a row is held by the vectors it comes from, too, and belongs to the
  // row.
  constexpr std::size_t kOnTheWay = 4;
  const std::size_t holders = payload_.object->references.load(std::memory_order_relaxed);
  const bool shared = holders > kOnTheWay;
  const SharedObject* last = nullptr;
  const auto add = [shared, &last](std::size_t bytes, const Value& part) {
    bytes += sizeof(Value);
    // One object many times in a row is there once.
    if (shared || !part.shared_ || part.payload_.object == last) return bytes;
    last = part.payload_.object;
    return bytes + part.heap_bytes();
  };
  const auto add_fields = [&](std::size_t bytes, const Record& record) {
    for (const auto& [name, value] : record) bytes = add(bytes + sizeof name + name.size(), value);
    return bytes;
  };
  std::size_t bytes = kBlockBytes;
  switch (type_) {
    case ValueType::kString:
    case ValueType::kBytes:
      bytes += sizeof(Holder<std::string>);
      // Short texts stand in the string itself.
      if (content<std::string>().size() > kShortText)
        bytes += content<std::string>().size() + kBlockBytes;
      break;
    case ValueType::kList:
      bytes += sizeof(Holder<List>) + kBlockBytes;
      if (shared) {
        bytes += content<List>().size() * sizeof(Value);
      } else {
        for (const Value& value : content<List>()) bytes = add(bytes, value);
      }
      break;
    case ValueType::kRecord:
      bytes = add_fields(bytes + sizeof(Holder<Record>) + kBlockBytes, content<Record>());
      break;
    case ValueType::kNode:
      bytes += sizeof(Holder<Node>) + 2 * kBlockBytes;
      for (const std::string& label : content<Node>().labels) bytes += sizeof label + label.size();
      bytes = add_fields(bytes, content<Node>().properties);
      break;
    case ValueType::kEdge:
      bytes += sizeof(Holder<Edge>) + content<Edge>().label.size();
      bytes = add_fields(bytes, content<Edge>().properties);
      break;
    case ValueType::kPath:
      bytes += sizeof(Holder<Path>) + 2 * kBlockBytes;
      for (const Value& node : content<Path>().nodes) bytes = add(bytes, node);
      for (const Value& edge : content<Path>().edges) bytes = add(bytes, edge);
      break;
    case ValueType::kGraph:
      bytes += sizeof(Holder<GraphReference>) + content<GraphReference>().path.size();
      break;
    default:
      bytes += sizeof(Holder<ZonedDateTime>);
      break;
  }
  return shared ? bytes / holders : bytes;
}

bool Value::as_bool() const {
  expect(ValueType::kBool);
  return payload_.integer != 0;
}

std::int64_t Value::as_int64() const {
  expect(ValueType::kInt64);
  return payload_.integer;
}

double Value::as_float64() const {
  expect(ValueType::kFloat64);
  return payload_.real;
}

Decimal Value::as_decimal() const {
  expect(ValueType::kDecimal);
  if (shared_) return content<Decimal>();
  return Decimal(payload_.integer, static_cast<std::uint8_t>(extra_));
}

double Value::as_number() const {
  if (type_ == ValueType::kInt64) return static_cast<double>(payload_.integer);
  if (type_ == ValueType::kDecimal) return value::to_float64(as_decimal());
  expect(ValueType::kFloat64);
  return payload_.real;
}

std::string_view Value::as_string() const {
  expect(ValueType::kString);
  return content<std::string>();
}

std::string_view Value::as_bytes() const {
  expect(ValueType::kBytes);
  return content<std::string>();
}

Date Value::as_date() const {
  expect(ValueType::kDate);
  return Date{payload_.integer};
}

LocalTime Value::as_local_time() const {
  expect(ValueType::kLocalTime);
  return LocalTime{payload_.integer};
}

ZonedTime Value::as_zoned_time() const {
  expect(ValueType::kZonedTime);
  return ZonedTime{payload_.integer, extra_};
}

LocalDateTime Value::as_local_datetime() const {
  expect(ValueType::kLocalDateTime);
  return LocalDateTime{payload_.integer, extra_};
}

const ZonedDateTime& Value::as_zoned_datetime() const {
  expect(ValueType::kZonedDateTime);
  return content<ZonedDateTime>();
}

const Duration& Value::as_duration() const {
  expect(ValueType::kDuration);
  return content<Duration>();
}

const List& Value::as_list() const {
  expect(ValueType::kList);
  return content<List>();
}

const Record& Value::as_record() const {
  expect(ValueType::kRecord);
  return content<Record>();
}

const Node& Value::as_node() const {
  expect(ValueType::kNode);
  if (!shared_) {
    throw Error(status::kInvalidValueType,
                "node " + std::to_string(payload_.integer) + " is known by its id alone here");
  }
  return content<Node>();
}

const Edge& Value::as_edge() const {
  expect(ValueType::kEdge);
  return content<Edge>();
}

const Path& Value::as_path() const {
  expect(ValueType::kPath);
  return content<Path>();
}

const GraphReference& Value::as_graph() const {
  expect(ValueType::kGraph);
  return content<GraphReference>();
}

const Value* Value::field(std::string_view name) const {
  const Record& fields = as_record();
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const auto& field) { return field.first == name; });
  return found == fields.end() ? nullptr : &found->second;
}

NodeId Value::node_id() const {
  expect(ValueType::kNode);
  return shared_ ? content<Node>().id : static_cast<NodeId>(payload_.integer);
}

bool operator==(const Value& a, const Value& b) { return value::same(a, b); }

namespace {

constexpr std::size_t kLargeText = std::size_t{1} << 20;

void append(std::string& out, const Value& value);

void append_fields(std::string& out, const Record& fields) {
  out += '{';
  bool first = true;
  for (const auto& [name, value] : fields) {
    if (!first) out += ", ";
    first = false;
    value::append_identifier(out, name);
    out += ": ";
    append(out, value);
  }
  out += '}';
}

void append_node(std::string& out, const Value& value) {
  out += '(';
  if (value.is_reference()) {
    out += '#' + std::to_string(raw(value.node_id()));
  } else {
    const Node& node = value.as_node();
    for (const std::string& label : node.labels) {
      out += ':';
      value::append_identifier(out, label);
    }
    if (!node.properties.empty()) {
      if (!node.labels.empty()) out += ' ';
      append_fields(out, node.properties);
    }
  }
  out += ')';
}

void append_edge(std::string& out, const Edge& edge) {
  out += '[';
  if (edge.resolved) {
    out += ':';
    value::append_identifier(out, edge.label);
    if (!edge.properties.empty()) {
      out += ' ';
      append_fields(out, edge.properties);
    }
  } else {
    out += '#' + std::to_string(raw(edge.id));
  }
  out += ']';
}

void append_path(std::string& out, const Path& path) {
  out += '<';
  for (std::size_t i = 0; i < path.nodes.size(); ++i) {
    append_node(out, path.nodes[i]);
    if (i >= path.edges.size()) continue;
    const Edge& edge = path.edges[i].as_edge();
    const bool forward = edge.source == path.nodes[i].node_id();
    out += !edge.directed ? "~" : forward ? "-" : "<-";
    append_edge(out, edge);
    out += !edge.directed ? "~" : forward ? "->" : "-";
  }
  out += '>';
}

void append_bytes(std::string& out, std::string_view bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += "X'";
  for (const char c : bytes) {
    out += kHex[(c >> 4) & 0xf];
    out += kHex[c & 0xf];
  }
  out += '\'';
}

void append(std::string& out, const Value& value) {
  switch (value.type()) {
    case ValueType::kNull:
      out += "null";
      return;
    case ValueType::kBool:
      out += value.as_bool() ? "true" : "false";
      return;
    case ValueType::kInt64:
      out += std::to_string(value.as_int64());
      return;
    case ValueType::kFloat64:
      value::append_float(out, value.as_float64());
      return;
    case ValueType::kDecimal:
      out += value.as_decimal().to_string() + 'M';
      return;
    case ValueType::kDate:
      out += value::format(value.as_date());
      return;
    case ValueType::kLocalTime:
      out += value::format(value.as_local_time());
      return;
    case ValueType::kZonedTime:
      out += value::format(value.as_zoned_time());
      return;
    case ValueType::kLocalDateTime:
      out += value::format(value.as_local_datetime());
      return;
    case ValueType::kZonedDateTime:
      out += value::format(value.as_zoned_datetime());
      return;
    case ValueType::kDuration:
      out += value::format(value.as_duration());
      return;
    case ValueType::kString:
      value::append_quoted(out, value.as_string());
      return;
    case ValueType::kBytes:
      append_bytes(out, value.as_bytes());
      return;
    case ValueType::kList: {
      out += '[';
      bool first = true;
      for (const Value& item : value.as_list()) {
        base::poll_interrupt_seldom();
        // A text of this size grows by as much again.
        if (out.size() >= kLargeText && out.capacity() - out.size() < kLargeText)
          base::check_room(3 * out.size());
        if (!first) out += ", ";
        first = false;
        append(out, item);
      }
      out += ']';
      return;
    }
    case ValueType::kRecord:
      append_fields(out, value.as_record());
      return;
    case ValueType::kNode:
      append_node(out, value);
      return;
    case ValueType::kEdge:
      append_edge(out, value.as_edge());
      return;
    case ValueType::kPath:
      append_path(out, value.as_path());
      return;
    case ValueType::kGraph:
      out += value.as_graph().path;
      return;
  }
}

}  // namespace

std::string Value::to_string() const {
  std::string out;
  append(out, *this);
  return out;
}

}  // namespace v1
}  // namespace geode
