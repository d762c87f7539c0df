#include "catalog/definition_codec.hpp"

#include <geode/error.hpp>
#include "base/bytes.hpp"
#include "storage/declared_type_codec.hpp"

namespace geode::catalog {
namespace {

void put_keys(std::string& out, const std::vector<PropertyKeyId>& keys) {
  base::append_le(out, static_cast<std::uint32_t>(keys.size()));
  for (const PropertyKeyId key : keys) base::append_le(out, static_cast<std::uint32_t>(key));
}

void put_text(std::string& out, const std::string& text) {
  base::append_le(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

void put_texts(std::string& out, const std::vector<std::string>& texts) {
  base::append_le(out, static_cast<std::uint32_t>(texts.size()));
  for (const std::string& text : texts) put_text(out, text);
}

class Reader {
 public:
  explicit Reader(storage::ByteView bytes) : rest_(bytes) {}

  template <class T>
  T number() {
    const auto value = base::load_le<T>(take(sizeof(T)).data());
    return value;
  }
  std::vector<PropertyKeyId> keys() {
    std::vector<PropertyKeyId> out;
    for (auto left = number<std::uint32_t>(); left > 0; --left) {
      out.push_back(PropertyKeyId{number<std::uint32_t>()});
    }
    return out;
  }
  bool at_end() const { return rest_.empty(); }
  storage::ByteView bytes() { return take(number<std::uint32_t>()); }
  std::vector<std::string> texts() {
    std::vector<std::string> out;
    for (auto left = number<std::uint32_t>(); left > 0; --left) out.push_back(text());
    return out;
  }
  std::string text() { return std::string(storage::as_text(take(number<std::uint32_t>()))); }

 private:
  storage::ByteView take(std::size_t size) {
    if (size > rest_.size())
      throw Error(status::kCorrupt, "a definition of the catalog is cut off");
    const storage::ByteView out = rest_.first(size);
    rest_ = rest_.subspan(size);
    return out;
  }
  storage::ByteView rest_;
};

void put_element_type(std::string& out, const ElementType& type) {
  put_text(out, type.name);
  put_texts(out, type.key_labels);
  put_texts(out, type.labels);
  base::append_le(out, static_cast<std::uint32_t>(type.properties.size()));
  for (const auto& [name, declared] : type.properties) {
    put_text(out, name);
    std::string bytes;
    storage::encode_declared_type(declared, bytes);
    put_text(out, bytes);
  }
}

ElementType read_element_type(Reader& in) {
  ElementType out;
  out.name = in.text();
  out.key_labels = in.texts();
  out.labels = in.texts();
  for (auto left = in.number<std::uint32_t>(); left > 0; --left) {
    std::string name = in.text();
    out.properties.emplace_back(std::move(name), storage::decode_declared_type(in.bytes()));
  }
  return out;
}

void put_type(std::string& out, const GraphType& type) {
  base::append_le(out, static_cast<std::uint8_t>(type.closed ? 1 : 0));
  base::append_le(out, static_cast<std::uint32_t>(type.nodes.size()));
  for (const ElementType& node : type.nodes) put_element_type(out, node);
  base::append_le(out, static_cast<std::uint32_t>(type.edges.size()));
  for (const EdgeType& edge : type.edges) {
    put_element_type(out, edge.element);
    put_texts(out, edge.source);
    put_texts(out, edge.target);
    base::append_le(out, static_cast<std::uint8_t>(edge.directed ? 1 : 0));
  }
}

std::shared_ptr<const GraphType> read_type(Reader& in) {
  auto out = std::make_shared<GraphType>();
  out->closed = in.number<std::uint8_t>() != 0;
  for (auto left = in.number<std::uint32_t>(); left > 0; --left) {
    out->nodes.push_back(read_element_type(in));
  }
  for (auto left = in.number<std::uint32_t>(); left > 0; --left) {
    EdgeType& edge = out->edges.emplace_back();
    edge.element = read_element_type(in);
    edge.source = in.texts();
    edge.target = in.texts();
    edge.directed = in.number<std::uint8_t>() != 0;
  }
  return out;
}

}  // namespace

std::string encode_graph(const GraphDefinition& definition) {
  std::string out;
  put_text(out, definition.schema);
  put_text(out, definition.name);
  if (definition.type != nullptr) put_type(out, *definition.type);
  return out;
}

GraphDefinition decode_graph(GraphId id, storage::ByteView bytes) {
  Reader in(bytes);
  GraphDefinition out;
  out.id = id;
  out.schema = in.text();
  out.name = in.text();
  if (!in.at_end()) out.type = read_type(in);
  return out;
}

std::string encode_graph_type(const GraphTypeDefinition& definition) {
  std::string out;
  put_text(out, definition.schema);
  put_text(out, definition.name);
  put_type(out, *definition.type);
  return out;
}

GraphTypeDefinition decode_graph_type(storage::ByteView bytes) {
  Reader in(bytes);
  GraphTypeDefinition out;
  out.schema = in.text();
  out.name = in.text();
  out.type = read_type(in);
  return out;
}

std::string encode_index(const IndexDefinition& definition) {
  std::string out;
  base::append_le(out, static_cast<std::uint32_t>(definition.id));
  base::append_le(out, static_cast<std::uint32_t>(definition.graph));
  base::append_le(out, static_cast<std::uint32_t>(definition.label));
  base::append_le(out, static_cast<std::uint8_t>(definition.kind));
  put_keys(out, definition.keys);
  put_text(out, definition.name);
  put_text(out, definition.constraint);
  return out;
}

IndexDefinition decode_index(storage::ByteView bytes) {
  Reader in(bytes);
  IndexDefinition out;
  out.id = IndexId{in.number<std::uint32_t>()};
  out.graph = GraphId{in.number<std::uint32_t>()};
  out.label = LabelId{in.number<std::uint32_t>()};
  out.kind = IndexKind{in.number<std::uint8_t>()};
  out.keys = in.keys();
  out.name = in.text();
  out.constraint = in.text();
  return out;
}

std::string encode_constraint(const ConstraintDefinition& definition) {
  std::string out;
  base::append_le(out, static_cast<std::uint32_t>(definition.graph));
  base::append_le(out, static_cast<std::uint8_t>(definition.on_edges ? 1 : 0));
  base::append_le(out, definition.label);
  base::append_le(out, static_cast<std::uint8_t>(definition.kind));
  put_keys(out, definition.keys);
  put_text(out, definition.name);
  if (definition.kind == ConstraintKind::kTyped) {
    std::string bytes;
    storage::encode_declared_type(definition.type, bytes);
    put_text(out, bytes);
  } else if (definition.kind == ConstraintKind::kCheck) {
    put_text(out, definition.condition);
    put_text(out, definition.variable);
  }
  return out;
}

ConstraintDefinition decode_constraint(storage::ByteView bytes) {
  Reader in(bytes);
  ConstraintDefinition out;
  out.graph = GraphId{in.number<std::uint32_t>()};
  out.on_edges = in.number<std::uint8_t>() != 0;
  out.label = in.number<std::uint32_t>();
  const auto kind = in.number<std::uint8_t>();
  if (kind > static_cast<std::uint8_t>(ConstraintKind::kCheck)) {
    throw Error(status::kCorrupt, "a constraint of the catalog is of an unknown kind");
  }
  out.kind = ConstraintKind{kind};
  out.keys = in.keys();
  out.name = in.text();
  if (out.kind == ConstraintKind::kTyped) {
    out.type = storage::decode_declared_type(in.bytes());
  } else if (out.kind == ConstraintKind::kCheck) {
    out.condition = in.text();
    out.variable = in.text();
  }
  return out;
}

}  // namespace geode::catalog
