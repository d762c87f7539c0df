#include "log_replica.hpp"

#include <filesystem>
#include <vector>

#include "graph/log/change_log.hpp"
#include "graph/log/replay.hpp"
#include "session/archiver.hpp"

namespace geode::test {

namespace fs = std::filesystem;

LogReplica::LogReplica(const std::string& path, const storage::EnvironmentOptions& options)
    : options_(options) {
  graph::switch_change_log(storage::Environment::open(path, options), true, 0, -1);
  fs::copy_file(path, folder_.file("base.geode"));
  fs::create_directory(folder_.file("wal"));
}

void LogReplica::archive(const std::shared_ptr<storage::Environment>& environment) {
  session::archive_change_log(environment, folder_.file("wal"), -1);
}

std::shared_ptr<storage::Environment> LogReplica::replayed(std::optional<std::int64_t> until) {
  const std::string path = folder_.file("copy" + std::to_string(copies_++) + ".geode");
  fs::copy_file(folder_.file("base.geode"), path);
  auto environment = storage::Environment::open(path, options_);
  std::vector<graph::Segment> segments;
  for (const auto& entry : fs::directory_iterator(folder_.file("wal"))) {
    if (entry.path().extension() != ".gwal") continue;
    segments.push_back(graph::Segment::open(entry.path().string()));
  }
  graph::ReplayOptions options;
  options.until = until;
  options.temporary_directory = folder_.path().string();
  const graph::ReplayResult result = graph::replay_segments(environment, segments, options);
  lsn = result.lsn;
  reached_target = result.reached_target;
  return environment;
}

}  // namespace geode::test
