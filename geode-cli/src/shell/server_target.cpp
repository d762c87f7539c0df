#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <geode/error.hpp>
#include "client/connection.hpp"
#include "log_in.hpp"
#include "server_address.hpp"
#include "shell/target.hpp"

namespace geode::cli {

namespace {

/// The results that are open, which Ctrl-C ends.
class OpenResults {
 public:
  void add(client::RemoteResult* result) {
    const std::lock_guard lock(mutex_);
    results_.push_back(result);
  }
  void remove(client::RemoteResult* result) {
    const std::lock_guard lock(mutex_);
    std::erase(results_, result);
  }
  void cancel() {
    const std::lock_guard lock(mutex_);
    for (client::RemoteResult* result : results_) {
      try {
        result->cancel();
      } catch (const Error&) {
        // The connection is gone, and the statement with it.
      }
    }
  }

 private:
  std::mutex mutex_;
  std::vector<client::RemoteResult*> results_;
};

class RemoteRows : public RowSource {
 public:
  RemoteRows(client::RemoteResult result, std::shared_ptr<OpenResults> open)
      : result_(std::move(result)), open_(std::move(open)) {
    open_->add(&result_);
  }
  ~RemoteRows() override { open_->remove(&result_); }
  RemoteRows(const RemoteRows&) = delete;
  RemoteRows& operator=(const RemoteRows&) = delete;

  const std::vector<std::string>* columns() override {
    if (result_.has_columns()) return &result_.columns();
    // What it changes is done when the shell shows that it was.
    result_.consume();
    return nullptr;
  }
  bool next(std::vector<Value>& row) override {
    const std::optional<Row> next = result_.next();
    if (next) row = next->values();
    return next.has_value();
  }
  Summary summary() override { return result_.consume(); }
  std::string plan() override { return result_.plan(); }

 private:
  client::RemoteResult result_;
  const std::shared_ptr<OpenResults> open_;
};

class ServerTarget : public Target {
 public:
  explicit ServerTarget(client::ConnectOptions options)
      : options_(std::move(options)), connection_(log_in(options_)) {}

  Result execute(std::string_view text, const Parameters& parameters,
                 const StatementOptions& options) override {
    // What was open in the connection that is gone was rolled back.
    if (!connection_.open()) connection_ = log_in(options_);
    return Result(
        std::make_unique<RemoteRows>(connection_.submit(text, parameters, options), open_));
  }
  TransactionState transaction_state() const override {
    return connection_.open() ? connection_.transaction_state() : TransactionState::kNone;
  }
  void interrupt() override { open_->cancel(); }
  std::unique_ptr<Target> another() const override {
    return std::make_unique<ServerTarget>(options_);
  }

  bool read_only() const override { return options_.read_only; }
  std::string name() const override {
    if (!options_.graph.empty()) return options_.graph.substr(options_.graph.rfind('/') + 1);
    return options_.unix_path.empty() ? options_.host : "geode";
  }
  std::string place() const override {
    if (!options_.unix_path.empty()) return connection_.address();
    return connection_.address() +
           (options_.graph.empty() || options_.graph.front() == '/' ? "" : "/") + options_.graph;
  }
  std::string id() const override { return connection_.session_id(); }
  std::vector<NamedCount> labels() override { return counts("SHOW LABELS"); }
  std::vector<NamedCount> edge_labels() override { return counts("SHOW EDGE LABELS"); }
  std::vector<std::string> property_keys() override {
    std::vector<std::string> keys;
    for (const Row& row : rows("CALL db.propertyKeys()"))
      keys.emplace_back(row[std::size_t{0}].as_string());
    return keys;
  }

  Database& database() override {
    throw Error(status::kCannotOpen,
                "this works on the file of a database, and " + place() + " is a server")
        .hint("open the file with .open, on the machine where it is");
  }
  Database& values() override {
    if (!values_) values_.emplace(":memory:");
    return *values_;
  }

 private:
  std::vector<Row> rows(const char* statement) {
    try {
      return execute(statement, {}, {}).all();
    } catch (const Error&) {
      return {};
    }
  }
  std::vector<NamedCount> counts(const char* statement) {
    std::vector<NamedCount> out;
    for (const Row& row : rows(statement)) {
      out.push_back({std::string(row[std::size_t{0}].as_string()),
                     static_cast<std::uint64_t>(row[std::size_t{1}].as_int64())});
    }
    return out;
  }

  client::ConnectOptions options_;  // with the password that was asked for
  client::Connection connection_;
  const std::shared_ptr<OpenResults> open_ = std::make_shared<OpenResults>();
  std::optional<Database> values_;
};

}  // namespace

std::unique_ptr<Target> open_server(const std::string& url, bool read_only) {
  ServerAddress address;
  address.url = url;
  address.request_timeout = std::chrono::milliseconds(0);  // statements take as long as they take
  client::ConnectOptions options = address.connect_options();
  options.read_only = options.read_only || read_only;
  return std::make_unique<ServerTarget>(std::move(options));
}

bool is_server_url(std::string_view place) {
  const std::string_view scheme = place.substr(0, std::min(place.find("://"), place.size()));
  return scheme.size() < place.size() && scheme != "file" &&
         std::all_of(scheme.begin(), scheme.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+';
         });
}

std::unique_ptr<Target> open_target(const std::string& place, const Options& options) {
  if (!is_server_url(place)) return open_file(place, options);
  return open_server(place, options.read_only);
}

}  // namespace geode::cli
