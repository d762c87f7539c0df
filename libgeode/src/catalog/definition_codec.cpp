#include "catalog/definition_codec.hpp"

#include <geode/error.hpp>
#include "base/bytes.hpp"

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

}  // namespace

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
  return out;
}

ConstraintDefinition decode_constraint(storage::ByteView bytes) {
  Reader in(bytes);
  ConstraintDefinition out;
  out.graph = GraphId{in.number<std::uint32_t>()};
  out.on_edges = in.number<std::uint8_t>() != 0;
  out.label = in.number<std::uint32_t>();
  out.kind = ConstraintKind{in.number<std::uint8_t>()};
  out.keys = in.keys();
  out.name = in.text();
  return out;
}

}  // namespace geode::catalog
