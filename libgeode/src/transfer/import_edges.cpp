#include <algorithm>
#include <tuple>

#include <geode/error.hpp>
#include "transfer/edge_blocks.hpp"
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
      reader->infer(wanted, options_.workers, [this] { poll(); });
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
  EdgeColumns columns;
  std::tie(columns.from, columns.to) = end_columns(reader);
  columns.from_keys = &end_keys(source.from_label, source.from_key);
  columns.to_keys = &end_keys(source.to_label, source.to_key);
  for (const std::string& name : property_names) {
    const std::size_t column = reader.find_column(name);
    const bool is_end = column == columns.from || column == columns.to;
    columns.properties.push_back(is_end ? SIZE_MAX : column);
  }
  if (options_.workers < 2 || !EdgeBlocks::fits(reader, columns)) {
    load_edge_rows(source, reader, columns);
    end_file(reader);
    return;
  }
  reading_ = nullptr;
  RecordReader::Position position = reader.position().value();
  std::uint64_t counted = 0;  // bytes of this file
  const auto count_to = [&](std::uint64_t offset) {
    bytes_before_ += offset - counted;
    report_.bytes_read += offset - counted;
    counted = offset;
  };
  EdgeBlocks blocks(reader, columns, loader_, options_.workers);
  while (const std::unique_ptr<EdgeBlocks::Block> block = blocks.next()) {
    if (!block->good) {
      // To the end of the file, by this thread alone.
      count_to(block->begin);
      const auto rest = reader.part({block->begin, position.line}, UINT64_MAX);
      reading_ = rest.get();
      load_edge_rows(source, *rest, columns);
      end_file(*rest);
      return;
    }
    for (const EdgeRows& rows : block->batches) add_edges(rows);
    if (block->batches.empty()) {
      loader_.add_edges(std::move(block->edges));
      progress_.edges += block->rows;
      report_.edges += block->rows;
      poll();
    }
    position.line += block->lines;
    count_to(block->end);
  }
}

void ImportRun::load_edge_rows(const EdgeSource& source, RecordReader& reader,
                               const EdgeColumns& columns) {
  EdgeRows rows;
  rows.clear(reader, columns);
  EdgeProblem problem;
  for (;;) {
    const RowStatus status = reader.next();
    if (status == RowStatus::kEnd) break;
    if (status == RowStatus::kBad) {
      reject(source.file, reader.problem());
    } else if (!take_edge(reader, columns, rows, problem)) {
      reject(source.file, problem.keys != nullptr
                              ? missing_end(reader, problem.column, *problem.keys, problem.found)
                              : wrong_type(reader, problem.column));
    } else if (rows.full()) {
      add_edges(rows);
      rows.clear(reader, columns);
    }
  }
  add_edges(rows);
}

void ImportRun::add_edges(const EdgeRows& rows) {
  if (rows.rows > 0) {
    loader_.add_edges(rows.sources.data(), rows.targets.data(), rows.properties, rows.rows);
  }
  progress_.edges += rows.rows;
  report_.edges += rows.rows;
  poll();
}

}  // namespace geode::transfer
