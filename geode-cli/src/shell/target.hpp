#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <geode/database.hpp>
#include <geode/session.hpp>

namespace geode::cli {

/// What the shell sends statements to: a session of a database that this process opened, or one in
/// a server. One thread at a time, but for interrupt().
class Target {
 public:
  virtual ~Target() = default;
  virtual Result execute(std::string_view text, const Parameters& parameters = {},
                         const StatementOptions& options = {}) = 0;
  virtual TransactionState transaction_state() const = 0;
  bool in_transaction() const { return transaction_state() != TransactionState::kNone; }
  /// Ends the running statement. From any thread.
  virtual void interrupt() = 0;
  /// A session of its own with the same database.
  virtual std::unique_ptr<Target> another() const = 0;

  virtual bool read_only() const = 0;
  /// What the prompt calls it.
  virtual std::string name() const = 0;
  /// The path of the file, or the URL without its password.
  virtual std::string place() const = 0;
  /// Of the database; of a server that of the session.
  virtual std::string id() const = 0;
  // Of the present graph; what completion offers, so none rather than an error.
  virtual std::vector<NamedCount> labels() = 0;
  virtual std::vector<NamedCount> edge_labels() = 0;
  virtual std::vector<std::string> property_keys() = 0;

  /// For what works on a file; throws Error 08X01 when there is none.
  virtual Database& database() = 0;
  /// That makes values of texts; it may hold nothing else.
  virtual Database& values() = 0;
};

/// Throws Error when it cannot be opened, or reached.
std::unique_ptr<Target> open_file(const std::string& path, const Options& options);
std::unique_ptr<Target> open_server(const std::string& url, bool read_only);
/// By URL or path, and which of the two it is.
bool is_server_url(std::string_view place);
std::unique_ptr<Target> open_target(const std::string& place, const Options& options);

}  // namespace geode::cli
