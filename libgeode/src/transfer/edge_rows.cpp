#include "transfer/edge_rows.hpp"

namespace geode::transfer {

void EdgeRows::clear(const RecordReader& reader, const EdgeColumns& columns) {
  rows = 0;
  sources.resize(value::kBatchRows);
  targets.resize(value::kBatchRows);
  properties.resize(columns.properties.size());
  for (std::size_t i = 0; i < properties.size(); ++i) {
    if (columns.properties[i] == SIZE_MAX) {
      properties[i].set_constant(Value());
    } else {
      properties[i].reset(physical_of(reader.type(columns.properties[i])));
    }
  }
}

bool take_edge(RecordReader& reader, const EdgeColumns& columns, EdgeRows& out,
               EdgeProblem& problem) {
  KeyField field;
  const auto find_end = [&](std::size_t column, NodeKeys& keys, NodeId& end) {
    reader.read_key(column, field);
    const std::uint32_t node = field.is_null ? KeyMap::kNone : keys.find(field);
    end = NodeId{node};
    if (node < KeyMap::kSeveral) return true;
    problem = {column, &keys, node};
    return false;
  };
  if (!find_end(columns.from, *columns.from_keys, out.sources[out.rows]) ||
      !find_end(columns.to, *columns.to_keys, out.targets[out.rows])) {
    return false;
  }
  for (std::size_t i = 0; i < columns.properties.size(); ++i) {
    const std::size_t column = columns.properties[i];
    if (column == SIZE_MAX || reader.read(column, out.properties[i], out.rows)) continue;
    problem = {column, nullptr, 0};
    return false;
  }
  ++out.rows;
  return true;
}

}  // namespace geode::transfer
