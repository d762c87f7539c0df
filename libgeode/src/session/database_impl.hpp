#pragma once

#include <memory>
#include <mutex>
#include <string>

#include <geode/database.hpp>
#include "graph/graph_transaction.hpp"
#include "session/writer_queue.hpp"
#include "storage/environment.hpp"

namespace geode {
inline namespace v1 {

struct Database::Impl {
  Impl(std::string_view path, const Options& options);

  std::shared_ptr<storage::Environment> environment;
  Options options;
  session::WriterQueue writer;
};

}  // namespace v1
}  // namespace geode
