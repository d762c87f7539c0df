#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <geode/options.hpp>
#include <geode/result.hpp>
#include <geode/session.hpp>
#include <geode/transaction.hpp>

namespace geode {
inline namespace v1 {

struct NamedCount {
  std::string name;
  std::uint64_t count = 0;
};

/// A graph database in one file, or in memory. Handles are cheap to copy and share the open
/// database; it closes with the last one. Thread-safe. Several processes may have the file open at
/// once.
class Database {
 public:
  /// Opens `path`, making it when it is not there; ":memory:" makes a private database that goes
  /// with its last handle.
  explicit Database(std::string_view path = ":memory:", const Options& options = {});
  ~Database();
  Database(const Database&);
  Database& operator=(const Database&);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;

  Session session();
  /// One statement in a session of its own.
  Result execute(std::string_view text, const Parameters& parameters = {},
                 const StatementOptions& options = {});
  /// The same; reads better for queries.
  Result query(std::string_view text, const Parameters& parameters = {}) {
    return execute(text, parameters);
  }

  Transaction begin_read();
  Transaction begin_write();

  const std::string& path() const;
  const std::string& id() const;
  bool read_only() const;
  const Options& options() const;

  /// The catalog of the newest snapshot by name, for prompts and completion.
  std::vector<NamedCount> labels() const;
  std::vector<NamedCount> edge_labels() const;
  std::vector<std::string> property_keys() const;

  struct Impl;
  const std::shared_ptr<Impl>& impl() const { return impl_; }

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace v1
}  // namespace geode
