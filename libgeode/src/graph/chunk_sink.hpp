#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "graph/keys.hpp"
#include "storage/transaction.hpp"

namespace geode::graph {

/// Takes what is to be stored in table kBase.
class ChunkSink {
 public:
  virtual ~ChunkSink() = default;
  virtual void put(const Key& key, storage::ByteView value) = 0;
};

/// Stores it.
class StoredChunks final : public ChunkSink {
 public:
  explicit StoredChunks(storage::WriteTransaction& txn) : txn_(txn) {}
  void put(const Key& key, storage::ByteView value) override {
    txn_.put(storage::Table::kBase, key, value);
  }

 private:
  storage::WriteTransaction& txn_;
};

/// Keeps it for the thread that may write.
class HeldChunks final : public ChunkSink {
 public:
  void put(const Key& key, storage::ByteView value) override {
    held_.push_back({key, {value.begin(), value.end()}});
  }
  void store(storage::WriteTransaction& txn) const {
    for (const Entry& entry : held_) txn.put(storage::Table::kBase, entry.key, entry.value);
  }

 private:
  struct Entry {
    Key key;
    std::vector<std::byte> value;
  };
  std::vector<Entry> held_;
};

}  // namespace geode::graph
