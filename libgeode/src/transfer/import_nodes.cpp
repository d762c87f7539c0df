#include <algorithm>

#include <geode/error.hpp>
#include "transfer/import_run.hpp"
#include "transfer/node_blocks.hpp"

namespace geode::transfer {

bool ImportRun::NodeFile::has_label(const std::string& label) const {
  return std::find(source->labels.begin(), source->labels.end(), label) != source->labels.end();
}

bool ImportRun::NodeFile::has_column(const std::string& name) const {
  return std::find(columns.begin(), columns.end(), name) != columns.end();
}

std::string ImportRun::default_key(const std::string& label) {
  for (const NodeFile& file : node_files_) {
    if (file.has_label(label) && !file.source->key.empty()) return file.source->key;
  }
  for (const NodeFile& file : node_files_) {
    if (file.has_label(label) && file.has_column("id")) return "id";
  }
  const catalog::Catalog& catalog = loader_.transaction().catalog();
  if (const auto known = catalog.find_label(graph_, label)) {
    for (const catalog::IndexDefinition& index : catalog.indexes()) {
      if (index.label == *known && index.kind == catalog::IndexKind::kUnique &&
          index.keys.size() == 1) {
        return catalog.property_key_name(index.keys[0]);
      }
    }
  }
  return "id";
}

NodeKeys& ImportRun::keys_of(const std::string& label, const std::string& key) {
  std::unique_ptr<NodeKeys>& slot = keys_[{label, key}];
  if (slot == nullptr) {
    slot =
        std::make_unique<NodeKeys>(loader_.transaction(), graph_, label, key, [this] { poll(); });
  }
  return *slot;
}

void ImportRun::prepare() {
  for (const NodeSource& source : options_.nodes) {
    if (source.labels.empty()) {
      throw Error(status::kInvalidArgument, source.file + ": its nodes have no label");
    }
    NodeFile& file = node_files_.emplace_back();
    file.source = &source;
    file.columns = RecordReader::open(source.file, options_.delimiter)->columns();
  }
  for (NodeFile& file : node_files_) {
    file.key = file.source->key;
    // Edges that do not say otherwise refer to nodes by their ids, which then must be unique too.
    for (const EdgeSource& edges : options_.edges) {
      for (const auto& [label, key] : {std::pair(&edges.from_label, &edges.from_key),
                                       std::pair(&edges.to_label, &edges.to_key)}) {
        if (file.key.empty() && key->empty() && file.has_label(*label)) {
          const std::string fallback = default_key(*label);
          if (file.has_column(fallback)) file.key = fallback;
        }
      }
    }
    if (!file.key.empty() && file.source->keep_key) {
      add_unique_constraint(file.source->labels[0], file.key);
    }
  }
  for (NodeFile& file : node_files_) {
    if (!file.key.empty()) file.keys = &keys_of(file.source->labels[0], file.key);
  }
  for (const EdgeSource& edges : options_.edges) {
    end_keys(edges.from_label, edges.from_key);
    end_keys(edges.to_label, edges.to_key);
  }
}

void ImportRun::add_unique_constraint(const std::string& label, const std::string& key) {
  graph::GraphTransaction& txn = loader_.transaction();
  catalog::ConstraintDefinition definition;
  definition.kind = catalog::ConstraintKind::kUnique;
  definition.graph = graph_;
  definition.label = static_cast<std::uint32_t>(txn.intern_label(graph_, label));
  definition.keys = {txn.intern_property_key(key)};
  for (const catalog::IndexDefinition& index : txn.catalog().indexes()) {
    if (static_cast<std::uint32_t>(index.label) == definition.label &&
        index.keys == definition.keys && index.kind == catalog::IndexKind::kUnique) {
      return;
    }
  }
  const std::string name = label + "_" + key + "_unique";
  definition.name = name;
  const auto taken = [&](const auto& all) {
    return std::any_of(all.begin(), all.end(), [&](const auto& other) {
      return other.graph == graph_ && other.name == definition.name;
    });
  };
  for (int i = 2; taken(txn.catalog().constraints()) || taken(txn.catalog().indexes()); ++i) {
    definition.name = name + std::to_string(i);
  }
  txn.create_constraint(std::move(definition));
}

void ImportRun::load_nodes(const NodeFile& file) {
  const NodeSource& source = *file.source;
  const std::string& key = file.key;
  NodeKeys* const own_keys = file.keys;
  begin_step("nodes " + source.file);
  const std::unique_ptr<RecordReader> reader = open(source.file);
  for (const auto& [column, type] : options_.types) {
    const std::size_t at = reader->find_column(column);
    if (at != SIZE_MAX) reader->set_type(at, field_type_from_name(type));
  }
  reading_ = nullptr;  // the first of two passes does not count
  reader->infer(std::vector<bool>(reader->columns().size(), true), options_.workers,
                [this] { poll(); });
  reading_ = reader.get();
  const std::vector<std::string> columns = reader->columns();

  const std::size_t key_column = key.empty() ? SIZE_MAX : reader->find_column(key);
  if (key_column == SIZE_MAX && !key.empty()) {
    std::string names;
    for (const std::string& name : columns) names += (names.empty() ? "" : ", ") + name;
    throw Error(status::kInvalidReference, source.file + ": there is no column " + key)
        .hint("its columns are " + names);
  }
  // Other ways edges refer to these nodes.
  std::vector<std::pair<std::size_t, NodeKeys*>> referred;
  for (const auto& [id, keys] : keys_) {
    const std::size_t column = reader->find_column(id.second);
    if (keys.get() != own_keys && file.has_label(id.first) && column != SIZE_MAX) {
      referred.emplace_back(column, keys.get());
    }
  }

  // The column of each vector of a batch; one that is not kept stands last, where the loader does
  // not see it.
  std::vector<std::size_t> order;
  std::vector<std::string> properties;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i == key_column && !source.keep_key) continue;
    order.push_back(i);
    properties.push_back(columns[i]);
  }
  if (order.size() < columns.size()) order.push_back(key_column);
  const auto slot_of = [&](std::size_t column) {
    return static_cast<std::size_t>(std::find(order.begin(), order.end(), column) - order.begin());
  };
  const std::size_t key_slot = slot_of(key_column);
  for (auto& [column, keys] : referred) column = slot_of(column);

  const std::uint64_t first = raw(loader_.begin_nodes(source.labels, properties));
  std::uint64_t written = 0;
  // The first `rows` rows are nodes.
  const auto add_batch = [&](const NodeBlocks::Batch& batch, std::uint32_t rows) {
    if (rows > 0) loader_.add_nodes(std::span(batch.columns).first(properties.size()), rows);
    written += rows;
    progress_.nodes += rows;
    poll();
  };
  // Whether a row of a batch, the rows before which are nodes, may be one, and notes its keys.
  const auto take_keys = [&](const NodeBlocks::Batch& batch, std::uint32_t row) {
    const auto node = static_cast<std::uint32_t>(first + written + row);
    if (own_keys != nullptr) {
      const value::Vector& column = batch.columns[key_slot];
      if (column.is_null(row) || own_keys->contains(column, row)) return false;
      own_keys->insert(column, row, node);
    }
    for (const auto& [slot, keys] : referred) {
      if (!batch.columns[slot].is_null(row)) keys->insert(batch.columns[slot], row, node);
    }
    return true;
  };
  const auto load_rows = [&](RecordReader& rows_of) {
    NodeBlocks::Batch batch;
    batch.clear(rows_of, order);
    // Reads the present row as the next one of the batch.
    const auto take_row = [&] {
      for (std::size_t i = 0; i < order.size(); ++i) {
        if (rows_of.read(order[i], batch.columns[i], batch.rows)) continue;
        reject(source.file, wrong_type(rows_of, order[i]));
        return false;
      }
      if (take_keys(batch, batch.rows)) return true;
      const value::Vector& column = batch.columns[key_slot];
      const bool missing = column.is_null(batch.rows);
      BadRow bad = rows_of.place(key_column);
      bad.message = missing ? "the key column " + key + " is empty"
                            : "there is a node " + source.labels[0] + " with " + key + " = " +
                                  column.get(batch.rows).to_string() + " already";
      reject(source.file, bad, missing ? status::kNullNotAllowed : status::kConstraintViolation);
      return false;
    };
    for (;;) {
      const RowStatus status = rows_of.next();
      if (status == RowStatus::kEnd) break;
      if (status == RowStatus::kBad) {
        reject(source.file, rows_of.problem());
      } else if (take_row() && ++batch.rows == value::kBatchRows) {
        add_batch(batch, batch.rows);
        batch.clear(rows_of, order);
      }
    }
    add_batch(batch, batch.rows);
  };

  if (options_.workers < 2 || !FileParts::fits(*reader)) {
    load_rows(*reader);
    end_file(*reader);
  } else {
    reading_ = nullptr;
    RecordReader::Position position = reader->position().value();
    std::uint64_t counted = 0;  // bytes of this file
    const auto count_to = [&](std::uint64_t offset) {
      bytes_before_ += offset - counted;
      report_.bytes_read += offset - counted;
      counted = offset;
    };
    NodeBlocks blocks(*reader, order, options_.workers);
    while (const std::unique_ptr<NodeBlocks::Block> block = blocks.next()) {
      std::uint64_t taken = 0;  // rows of the block
      bool good = block->good;
      for (auto batch = block->batches.begin(); good && batch != block->batches.end(); ++batch) {
        std::uint32_t rows = 0;
        while (rows < batch->rows && take_keys(*batch, rows)) ++rows;
        add_batch(*batch, rows);
        taken += rows;
        good = rows == batch->rows;
      }
      if (!good) {
        // To the end of the file, by this thread alone.
        count_to(block->begin);
        const auto rest = reader->part({block->begin, position.line}, UINT64_MAX);
        reading_ = rest.get();
        for (; taken > 0; --taken) rest->next();
        load_rows(*rest);
        end_file(*rest);
        break;
      }
      position.line += block->lines;
      count_to(block->end);
    }
  }
  loader_.end_nodes();
  report_.nodes += written;
}

}  // namespace geode::transfer
