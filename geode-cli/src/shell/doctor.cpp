#include "shell/doctor.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/core.h>

#include <geode/database.hpp>
#include <geode/error.hpp>
#include <geode/version.hpp>
#include "value_text.hpp"

namespace geode::cli {

namespace {

using Level = Finding::Level;

constexpr std::uint64_t kNodesLookedAt = 100'000;
constexpr std::uint64_t kEdgesLookedAt = 1'000'000;
/// Below this part of the map, or of the disk, the user is told.
constexpr std::uint64_t kTightPart = 10;
/// Less than this is not worth a word, however small the file.
constexpr std::uint64_t kMuchHeld = std::uint64_t{64} << 20;
/// More free pages than this, where they are more than half of the file, are worth giving back.
constexpr std::uint64_t kMuchFree = std::uint64_t{16} << 20;
constexpr const char* kRepair =
    "geode verify tells how far it goes; restore a backup, or save what can be read: geode salvage";

void look_at_file(const Database& database, const FileInfo& info, std::vector<Finding>& out) {
  const bool much_free = info.free_bytes > kMuchFree && info.free_bytes > info.file_bytes / 2;
  out.push_back({much_free ? Level::kWarning : Level::kFact, "file",
                 bytes_text(info.file_bytes) + ", " + bytes_text(info.free_bytes) +
                     " of it free pages, on " + info.file_system,
                 much_free ? "give them back to the file system: geode compact" : ""});
  out.push_back({Level::kFact, "format",
                 fmt::format("version {}, pages of {}, transaction {}", info.format_version,
                             bytes_text(info.page_bytes), info.last_transaction)});
  const bool whole = info.file_bytes >= info.used_bytes || database.path() == ":memory:";
  out.push_back({whole ? Level::kGood : Level::kDamage, "length",
                 whole ? "the file holds all of its pages"
                       : "the file ends before its last page: it was cut off",
                 whole ? "" : kRepair});
  const bool room = info.map_bytes - info.used_bytes >= info.map_bytes / kTightPart;
  out.push_back({room ? Level::kGood : Level::kWarning, "map",
                 bytes_text(info.used_bytes) + " of " + bytes_text(info.map_bytes) +
                     (room ? "" : "; the database cannot grow much more"),
                 room ? "" : "open it with a larger map (Options::map_size_bytes)"});
  const bool slots =
      info.max_reader_slots - info.reader_slots >= info.max_reader_slots / kTightPart;
  out.push_back({slots ? Level::kGood : Level::kWarning, "readers",
                 fmt::format("{} of {} slots taken, {} of dead processes cleared",
                             info.reader_slots, info.max_reader_slots, info.dead_readers),
                 slots ? "" : "end statements and transactions that are not needed any more"});
  if (database.path() == ":memory:") return;
  std::error_code error;
  const std::filesystem::space_info disk = std::filesystem::space(database.path(), error);
  if (error) return;
  const bool free =
      disk.available >= disk.capacity / kTightPart || disk.available > info.file_bytes;
  out.push_back({free ? Level::kGood : Level::kWarning, "disk",
                 bytes_text(disk.available) + " of " + bytes_text(disk.capacity) + " free",
                 free ? "" : "make room: a write that finds none fails"});
}

/// Whether the log can take a backup on, and how much waits to be archived.
void look_at_log(const ChangeLogInfo& log, std::vector<Finding>& out) {
  if (!log.on) {
    out.push_back({Level::kFact, "log", "off: a backup cannot be taken on to a later time"});
    return;
  }
  const std::string size =
      bytes_text(log.bytes) +
      (log.limit_bytes == 0 ? "" : " of at most " + bytes_text(log.limit_bytes));
  std::string text =
      fmt::format("on, commit {}, {}; {}", log.lsn, size,
                  log.archived_lsn == 0 ? "nothing was archived"
                                        : fmt::format("archived up to {}", log.archived_lsn));
  if (log.dropped_lsn > log.archived_lsn) {
    out.push_back({Level::kWarning, "log",
                   text + fmt::format("; records up to {} were dropped, as they were too many",
                                      log.dropped_lsn),
                   "make a new backup, as archives cannot go on from the last one: geode backup "
                   "create"});
  } else if (log.limit_bytes == 0) {
    out.push_back({Level::kWarning, "log", text + "; it grows until it is archived",
                   "archive it now and then, or give it a limit: geode wal-archive, geode "
                   "change-log on --limit"});
  } else {
    out.push_back({Level::kGood, "log", std::move(text)});
  }
}

/// Snapshots of other processes are told of, as nobody else can end them.
void look_at_snapshots(const Database& database, const FileInfo& info, std::vector<Finding>& out) {
  const std::vector<OpenSnapshot> open = database.snapshots();
  if (open.empty()) {
    out.push_back({Level::kGood, "snapshots", "none is open"});
    return;
  }
  const OpenSnapshot& oldest = open.front();
  const bool little = oldest.held_bytes <= std::max(kMuchHeld, info.used_bytes / kTightPart);
  out.push_back({little ? Level::kGood : Level::kWarning, "snapshots",
                 counted(open.size(), "snapshot") + " open, the oldest of process " +
                     std::to_string(oldest.process) + ", " +
                     counted(oldest.commits_behind, "commit") + " behind; " +
                     bytes_text(oldest.held_bytes) + " cannot be used again before it ends",
                 little ? "" : "end that process, or what it reads"});
}

/// Walks through nodes and their edges, whose chunks carry checksums, and compares with the counts
/// that are kept beside them.
void look_at_graph(const Transaction& snapshot, const std::string& name,
                   std::vector<Finding>& out) {
  const std::uint64_t nodes = snapshot.count_nodes(), edges = snapshot.count_edges();
  out.push_back(
      {Level::kFact, "graph" + name, counted(nodes, "node") + " and " + counted(edges, "edge")});
  std::uint64_t seen = 0, leaving = 0, arriving = 0;
  bool all = true;
  std::string trouble;
  try {
    snapshot.for_each_node({}, [&](NodeId id) {
      if (seen == kNodesLookedAt || leaving + arriving >= kEdgesLookedAt) {
        all = false;
        return false;
      }
      ++seen;
      snapshot.node(id);  // reads its columns
      snapshot.for_each_neighbour(id, EdgeDirection::kOut, {}, [&](const Neighbour& neighbour) {
        ++leaving;
        if (snapshot.exists(neighbour.node)) return true;
        trouble = fmt::format("edge {} leads to a node that is not there", raw(neighbour.edge));
        return false;
      });
      snapshot.for_each_neighbour(id, EdgeDirection::kIn, {}, [&](const Neighbour&) {
        ++arriving;
        return true;
      });
      return trouble.empty();
    });
  } catch (const Error& error) {
    if (error.gqlstatus() != status::kCorrupt) throw;
    trouble = error.message();
  }
  if (trouble.empty() && all && seen != nodes) {
    trouble = fmt::format("{} nodes are counted, {} are there", nodes, seen);
  }
  if (trouble.empty() && all && (leaving != edges || arriving != edges)) {
    trouble = fmt::format("{} edges are counted, {} leave a node and {} arrive at one", edges,
                          leaving, arriving);
  }
  if (trouble.empty()) {
    trouble = all ? "counts, edges and checksums agree"
                  : "no damage in the first " + grouped_digits(seen) + " nodes";
    out.push_back({Level::kGood, "content" + name, std::move(trouble)});
  } else {
    out.push_back({Level::kDamage, "content" + name, std::move(trouble), kRepair});
  }
}

/// The home graph first, then the others by their names.
void look_at_graphs(Database& database, std::vector<Finding>& out) {
  Transaction snapshot = database.begin_read();
  look_at_graph(snapshot, "", out);
  Result graphs =
      snapshot.execute("CALL db.graphs() YIELD name, schema RETURN name, schema OFFSET 1");
  std::vector<std::string> paths;
  for (const Row& row : graphs) {
    const std::string schema(row["schema"].as_string());
    paths.push_back((schema == "/" ? "" : schema + "/") + std::string(row["name"].as_string()));
  }
  for (const std::string& path : paths) {
    snapshot.use_graph(path);
    look_at_graph(snapshot, " " + path, out);
  }
}

}  // namespace

std::string_view Finding::mark() const {
  switch (level) {
    case Level::kFact:
      return "";
    case Level::kGood:
      return "good";
    case Level::kWarning:
      return "look here";
    case Level::kDamage:
      return "damaged";
  }
  return "";
}

std::vector<Finding> examine(Database& database) {
  std::vector<Finding> out;
  out.push_back({Level::kFact, "geode", GEODE_VERSION});
  out.push_back({Level::kFact, "database",
                 database.path() + ", id " + database.id() +
                     (database.read_only() ? ", open for reading only" : "")});
  const FileInfo info = database.file_info();
  look_at_file(database, info, out);
  look_at_snapshots(database, info, out);
  look_at_log(database.change_log(), out);
  look_at_graphs(database, out);
  return out;
}

}  // namespace geode::cli
