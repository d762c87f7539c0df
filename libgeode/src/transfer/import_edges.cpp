#include <algorithm>

#include <geode/error.hpp>
#include "transfer/import_run.hpp"

namespace geode::transfer {
namespace {

/// The columns that hold the keys of the ends.
std::pair<std::size_t, std::size_t> end_columns(const RecordReader& reader) {
  const std::size_t from = reader.find_column("from");
  const std::size_t to = reader.find_column("to");
  if (from != SIZE_MAX && to != SIZE_MAX) return {from, to};
  if (reader.columns().size() < 2) {
    throw Error(status::kInvalidReference,
                reader.path() + ": an edge needs two columns for the keys of its ends")
        .hint("columns from and to, or the first two");
  }
  return {0, 1};
}

BadRow missing_end(const RecordReader& reader, std::size_t column, const NodeKeys& keys,
                   std::uint32_t found) {
  BadRow out = reader.place(column);
  const std::string node =
      keys.label() + " with " + keys.key() + " = `" + reader.shown(column) + "`";
  if (found == KeyMap::kSeveral) {
    out.message = "column " + reader.columns()[column] + ": there are several nodes " + node;
    out.hint = "edges need a key that is unique: from=LABEL.KEY and to=LABEL.KEY";
  } else {
    out.message = "column " + reader.columns()[column] + ": there is no node " + node;
  }
  return out;
}

}  // namespace

void ImportRun::load_edges(const std::string& label,
                           const std::vector<const EdgeSource*>& sources) {
  if (label.empty()) {
    throw Error(status::kInvalidArgument, sources[0]->file + ": its edges have no label");
  }
  // All files of a label are one table, with the properties of any of them.
  std::vector<std::unique_ptr<RecordReader>> readers;
  std::vector<std::string> properties;
  for (const EdgeSource* source : sources) {
    begin_step("edges " + source->file);
    std::unique_ptr<RecordReader> reader = RecordReader::open(source->file, options_.delimiter);
    for (const auto& [column, type] : options_.types) {
      const std::size_t at = reader->find_column(column);
      if (at != SIZE_MAX) reader->set_type(at, field_type_from_name(type));
    }
    std::vector<bool> wanted(reader->columns().size(), true);
    const auto [from, to] = end_columns(*reader);
    wanted[from] = wanted[to] = false;
    if (reader->must_infer() || std::find(wanted.begin(), wanted.end(), true) != wanted.end()) {
      reader->infer(wanted, [this] { poll(); });
    }
    for (std::size_t i = 0; i < reader->columns().size(); ++i) {
      if (i == from || i == to) continue;
      const std::string& name = reader->columns()[i];
      if (std::find(properties.begin(), properties.end(), name) == properties.end()) {
        properties.push_back(name);
      }
    }
    readers.push_back(std::move(reader));
  }
  loader_.begin_edges(label, properties);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    load_edge_file(*sources[i], *readers[i], properties);
    readers[i].reset();
  }
  begin_step("sorting and writing edges " + label);
  loader_.end_edges();
}

void ImportRun::load_edge_file(const EdgeSource& source, RecordReader& reader,
                               const std::vector<std::string>& property_names) {
  begin_step("edges " + source.file);
  reading_ = &reader;
  const auto [from, to] = end_columns(reader);
  NodeKeys& from_keys = end_keys(source.from_label, source.from_key);
  NodeKeys& to_keys = end_keys(source.to_label, source.to_key);
  // The column of each property in this file, or SIZE_MAX.
  std::vector<std::size_t> columns;
  for (const std::string& name : property_names) {
    const std::size_t column = reader.find_column(name);
    columns.push_back(column == from || column == to ? SIZE_MAX : column);
  }

  std::vector<value::Vector> batch(columns.size());
  std::vector<NodeId> sources(value::kBatchRows), targets(value::kBatchRows);
  std::uint32_t rows = 0;
  const auto begin_batch = [&] {
    rows = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (columns[i] == SIZE_MAX) {
        batch[i].set_constant(Value());
      } else {
        batch[i].reset(physical_of(reader.type(columns[i])));
      }
    }
  };
  const auto end_batch = [&] {
    if (rows > 0) loader_.add_edges(sources.data(), targets.data(), batch, rows);
    progress_.edges += rows;
    report_.edges += rows;
    poll();
    begin_batch();
  };
  KeyField field;
  const auto find_end = [&](std::size_t column, NodeKeys& keys, NodeId& out) {
    reader.read_key(column, field);
    const std::uint32_t node = field.is_null ? KeyMap::kNone : keys.find(field);
    if (node >= KeyMap::kSeveral) {
      reject(source.file, missing_end(reader, column, keys, node));
      return false;
    }
    out = NodeId{node};
    return true;
  };
  const auto take_row = [&] {
    if (!find_end(from, from_keys, sources[rows]) || !find_end(to, to_keys, targets[rows])) {
      return false;
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (columns[i] == SIZE_MAX || reader.read(columns[i], batch[i], rows)) continue;
      reject(source.file, wrong_type(reader, columns[i]));
      return false;
    }
    return true;
  };

  begin_batch();
  for (;;) {
    const RowStatus status = reader.next();
    if (status == RowStatus::kEnd) break;
    if (status == RowStatus::kBad) {
      reject(source.file, reader.problem());
    } else if (take_row() && ++rows == value::kBatchRows) {
      end_batch();
    }
  }
  end_batch();
  end_file(reader);
}

}  // namespace geode::transfer
