#include <utility>

#include "shell/target.hpp"

namespace geode::cli {

namespace {

class FileTarget : public Target {
 public:
  explicit FileTarget(Database database)
      : database_(std::move(database)), session_(database_.session()) {}

  Result execute(std::string_view text, const Parameters& parameters,
                 const StatementOptions& options) override {
    return session_.execute(text, parameters, options);
  }
  TransactionState transaction_state() const override { return session_.transaction_state(); }
  void interrupt() override { session_.interrupt(); }
  std::unique_ptr<Target> another() const override {
    return std::make_unique<FileTarget>(database_);
  }

  bool read_only() const override { return database_.read_only(); }
  std::string name() const override {
    const std::string& path = database_.path();
    if (path.empty() || path == ":memory:") return "geode";
    std::string name = path.substr(path.rfind('/') + 1);
    const std::size_t dot = name.rfind('.');
    if (dot != std::string::npos && dot > 0) name.erase(dot);
    return name;
  }
  std::string place() const override { return database_.path(); }
  std::string id() const override { return database_.id(); }
  std::vector<NamedCount> labels() override { return database_.labels(); }
  std::vector<NamedCount> edge_labels() override { return database_.edge_labels(); }
  std::vector<std::string> property_keys() override { return database_.property_keys(); }

  Database& database() override { return database_; }
  Database& values() override { return database_; }

 private:
  Database database_;
  Session session_;
};

}  // namespace

std::unique_ptr<Target> open_file(const std::string& path, const Options& options) {
  return std::make_unique<FileTarget>(Database(path, options));
}

}  // namespace geode::cli
