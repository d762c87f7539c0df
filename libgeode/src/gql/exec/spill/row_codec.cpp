#include "gql/exec/spill/row_codec.hpp"

#include <cstring>
#include <type_traits>

#include "base/stack.hpp"
#include "storage/byte_reader.hpp"
#include "storage/value_codec.hpp"

namespace geode::gql::exec {

using value::Physical;
using value::Vector;

namespace {

// A value begins with one of these, unless it is a scalar in the form it is stored in
// (storage/value_codec.hpp), whose tags are smaller.
enum class Tag : std::uint8_t {
  kFirst = 0x40,
  kList = kFirst,  // count, values
  kRecord,         // count, (name, value)
  kNodeId,         // id
  kNode,           // id, count and names of labels, record of properties
  kEdge,           // id, source, target, flags, label, record of properties
  kPath,           // count and nodes, count and edges
  kGraph,          // id, path
  kSameAsBefore,   // as in the row before: often one list stands beside many rows
};

constexpr unsigned kResolved = 1, kDirected = 2;

/// The object behind a value that is held by reference, to see that two values are one.
const void* identity(const Value& value) {
  switch (value.type()) {
    case ValueType::kList:
      return &value.as_list();
    case ValueType::kRecord:
      return &value.as_record();
    case ValueType::kPath:
      return &value.as_path();
    case ValueType::kString:
      return value.as_string().data();
    case ValueType::kNode:
      return value.is_reference() ? nullptr : &value.as_node();
    default:
      return nullptr;
  }
}

void put_value(std::string& out, const Value& value);

void put_fields(std::string& out, const Record& record) {
  storage::put_varint(out, record.size());
  for (const auto& [name, field] : record) {
    storage::put_text(out, name);
    put_value(out, field);
  }
}

void put_values(std::string& out, const List& values) {
  storage::put_varint(out, values.size());
  for (const Value& value : values) put_value(out, value);
}

void put_value(std::string& out, const Value& value) {
  const auto tag = [&out](Tag t) { out += static_cast<char>(t); };
  switch (value.type()) {
    case ValueType::kList:
      base::check_stack();
      tag(Tag::kList);
      return put_values(out, value.as_list());
    case ValueType::kRecord:
      base::check_stack();
      tag(Tag::kRecord);
      return put_fields(out, value.as_record());
    case ValueType::kNode: {
      if (value.is_reference()) {
        tag(Tag::kNodeId);
        return storage::put_varint(out, raw(value.node_id()));
      }
      const Node& node = value.as_node();
      tag(Tag::kNode);
      storage::put_varint(out, raw(node.id));
      storage::put_varint(out, node.labels.size());
      for (const std::string& label : node.labels) storage::put_text(out, label);
      return put_fields(out, node.properties);
    }
    case ValueType::kEdge: {
      const Edge& edge = value.as_edge();
      tag(Tag::kEdge);
      storage::put_varint(out, raw(edge.id));
      storage::put_varint(out, raw(edge.source));
      storage::put_varint(out, raw(edge.target));
      out += static_cast<char>((edge.resolved ? kResolved : 0) | (edge.directed ? kDirected : 0));
      storage::put_text(out, edge.label);
      return put_fields(out, edge.properties);
    }
    case ValueType::kPath: {
      const Path& path = value.as_path();
      tag(Tag::kPath);
      put_values(out, path.nodes);
      return put_values(out, path.edges);
    }
    case ValueType::kGraph: {
      const GraphReference& graph = value.as_graph();
      tag(Tag::kGraph);
      storage::put_varint(out, static_cast<std::uint64_t>(graph.id));
      return storage::put_text(out, graph.path);
    }
    case ValueType::kNull:
    case ValueType::kBool:
    case ValueType::kInt64:
    case ValueType::kFloat64:
    case ValueType::kDecimal:
    case ValueType::kDate:
    case ValueType::kLocalTime:
    case ValueType::kZonedTime:
    case ValueType::kLocalDateTime:
    case ValueType::kString:
    case ValueType::kBytes:
    case ValueType::kZonedDateTime:
    case ValueType::kDuration:
      return storage::encode_value(value, out);
  }
}

class RowReader {
 public:
  explicit RowReader(std::string_view bytes)
      : left_(reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()) {}

  template <class T>
  T plain() {
    T out;
    copy(&out, sizeof out);
    return out;
  }
  void copy(void* to, std::size_t count) {
    if (count > 0) std::memcpy(to, take(count).data(), count);
  }
  std::string_view text() {
    const auto size = plain<std::uint32_t>();
    return storage::as_text(take(size));
  }

  Value value(const Value& before) {
    GEODE_CHECK(!left_.empty(), "a temporary file is cut off");
    const auto head = static_cast<std::uint8_t>(left_.front());
    if (head < static_cast<std::uint8_t>(Tag::kFirst)) return storage::take_value(left_);
    take(1);
    switch (static_cast<Tag>(head)) {
      case Tag::kList:
        return values();
      case Tag::kRecord:
        return fields();
      case Tag::kNodeId:
        return Value::node_reference(NodeId{varint()});
      case Tag::kNode: {
        Node node;
        node.id = NodeId{varint()};
        const std::uint64_t labels = varint();
        for (std::uint64_t i = 0; i < labels; ++i) node.labels.emplace_back(name());
        node.properties = fields();
        return node;
      }
      case Tag::kEdge: {
        Edge edge;
        edge.id = EdgeId{varint()};
        edge.source = NodeId{varint()};
        edge.target = NodeId{varint()};
        const auto flags = plain<std::uint8_t>();
        edge.resolved = (flags & kResolved) != 0;
        edge.directed = (flags & kDirected) != 0;
        edge.label = name();
        edge.properties = fields();
        return edge;
      }
      case Tag::kPath: {
        Path path;
        path.nodes = values();
        path.edges = values();
        return path;
      }
      case Tag::kGraph: {
        GraphReference graph;
        graph.id = GraphId{static_cast<std::underlying_type_t<GraphId>>(varint())};
        graph.path = name();
        return graph;
      }
      case Tag::kSameAsBefore:
        return before;
    }
    GEODE_CHECK(false, "a temporary file is damaged");
    return {};
  }

 private:
  storage::ByteView take(std::size_t count) {
    GEODE_CHECK(count <= left_.size(), "a temporary file is cut off");
    const storage::ByteView out = left_.first(count);
    left_ = left_.subspan(count);
    return out;
  }
  std::uint64_t varint() {
    storage::ByteReader reader(left_);
    const std::uint64_t number = reader.varint();
    left_ = reader.left();
    return number;
  }
  std::string_view name() {
    storage::ByteReader reader(left_);
    const std::string_view text = reader.text();
    left_ = reader.left();
    return text;
  }
  List values() {
    base::check_stack();
    List list;
    const std::uint64_t count = varint();
    list.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) list.push_back(value({}));
    return list;
  }
  Record fields() {
    base::check_stack();
    Record record;
    const std::uint64_t count = varint();
    record.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) {
      std::string field(name());
      record.emplace_back(std::move(field), value({}));
    }
    return record;
  }

  storage::ByteView left_;
};

template <class T>
void put_plain(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

const char* entry_of(const Vector& column, std::uint32_t row) {
  return reinterpret_cast<const char*>(column.data<std::byte>()) +
         column.entry(row) * value::entry_size(column.physical());
}

void encode_column(const Vector& column, std::span<const std::uint32_t> rows, std::string& out) {
  const Physical physical = column.physical();
  out += static_cast<char>(physical);
  out += column.may_have_nulls() ? '\1' : '\0';
  if (column.may_have_nulls()) {
    for (const std::uint32_t row : rows) out += column.is_null(row) ? '\1' : '\0';
  }
  if (physical == Physical::kString) {
    for (const std::uint32_t row : rows) {
      const std::string_view text =
          column.is_null(row) ? std::string_view() : column.at<std::string_view>(row);
      put_plain(out, static_cast<std::uint32_t>(text.size()));
      out += text;
    }
    return;
  }
  if (physical == Physical::kAny) {
    const void* before = nullptr;
    for (const std::uint32_t row : rows) {
      if (column.is_null(row)) {
        storage::encode_value(Value(), out);
        before = nullptr;
        continue;
      }
      const Value& value = column.at<Value>(row);
      const void* object = identity(value);
      if (object != nullptr && object == before) {
        out += static_cast<char>(Tag::kSameAsBefore);
      } else {
        put_value(out, value);
      }
      before = object;
    }
    return;
  }
  const std::size_t size = value::entry_size(physical);
  for (const std::uint32_t row : rows) out.append(entry_of(column, row), size);
}

void decode_column(RowReader& reader, std::uint32_t count, Vector& column) {
  const auto physical = static_cast<Physical>(reader.plain<std::uint8_t>());
  column.reset(physical);
  if (reader.plain<std::uint8_t>() != 0) reader.copy(column.mutable_null_bytes(), count);
  if (physical == Physical::kString) {
    auto* texts = column.mutable_data<std::string_view>();
    for (std::uint32_t row = 0; row < count; ++row)
      texts[row] = column.arena().store(reader.text());
  } else if (physical == Physical::kAny) {
    auto* values = column.mutable_data<Value>();
    for (std::uint32_t row = 0; row < count; ++row)
      values[row] = reader.value(row > 0 ? values[row - 1] : Value());
  } else {
    reader.copy(column.mutable_data<std::byte>(), count * value::entry_size(physical));
  }
}

}  // namespace

void encode_rows(std::span<const Vector* const> columns, std::span<const std::uint32_t> rows,
                 std::string& out) {
  put_plain(out, static_cast<std::uint32_t>(rows.size()));
  for (const Vector* column : columns) encode_column(*column, rows, out);
}

std::uint32_t decode_rows(std::string_view bytes, std::vector<Vector>& columns) {
  RowReader reader(bytes);
  const auto count = reader.plain<std::uint32_t>();
  for (Vector& column : columns) decode_column(reader, count, column);
  return count;
}

std::uint64_t row_bytes(std::span<const Vector* const> columns, std::uint32_t row) {
  std::uint64_t bytes = 0;
  for (const Vector* column : columns) {
    bytes += value::entry_size(column->physical());
    if (column->is_null(row)) continue;
    if (column->physical() == Physical::kString) {
      bytes += column->at<std::string_view>(row).size();
    } else if (column->physical() == Physical::kAny) {
      bytes += column->at<Value>(row).heap_bytes();
    }
  }
  return bytes;
}

}  // namespace geode::gql::exec
