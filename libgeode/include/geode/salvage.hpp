#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <geode/verify.hpp>

namespace geode {
inline namespace v1 {

/// Something that could not be saved.
struct SalvageLoss {
  std::string where;  ///< "nodes 4096 to 8191", "nodes, property name, nodes 0 to 4095", ...
  std::string what;   ///< why, and what became of it
};

struct SalvageReport {
  std::string path, output;
  std::string database_id;           ///< of the output
  std::uint32_t format_version = 0;  ///< of the file; 0: it cannot be read
  std::uint64_t transaction = 0;     ///< of the state that was saved
  bool older_state = false;          ///< it may be that before the last commit
  std::uint64_t damages = 0;         ///< of pages and entries of the file
  std::uint64_t found_pages = 0;     ///< saved though nothing leads to them any more
  // What was saved.
  std::uint64_t graphs = 0, nodes = 0, edges = 0, properties = 0;
  std::uint64_t indexes = 0, constraints = 0;
  // What is known to be lost. Of what was never read nobody knows how much it was.
  std::uint64_t edges_without_end = 0;
  std::uint64_t outdated = 0;  ///< values and edges that may have been changed since
  std::vector<SalvageLoss> losses;
  std::uint64_t more_losses = 0;  ///< those that were too many to be kept
  double seconds = 0;

  /// Everything in the file was saved.
  bool whole() const { return losses.empty() && more_losses == 0; }
};

struct SalvageProgress {
  std::string part;  ///< "pages", "nodes", "edges", "indexes", "verification"
  std::uint64_t done = 0, total = 0;
};

struct SalvageOptions {
  /// Where what changed an element last is lost, its older value is saved, and an edge that may
  /// have been deleted. Otherwise these are left out, so that nothing is saved that was not so.
  bool include_outdated = false;
  std::size_t maximum_losses = 100;
  /// Called a few times a second at least; false stops the work with Error 57X01.
  std::function<bool(const SalvageProgress&)> progress;
};

/// Makes a new database at `output` of what can be read of a damaged one, which may be one that
/// cannot be opened, and which is only read: graphs, nodes with labels and properties, edges whose
/// ends were saved (one readable direction is enough), and the constraints, indexes and graph types
/// that fit what was saved. Numbers of nodes and edges are given anew; the change log is not taken
/// over. The output is verified before it gets its name. Nobody may write the file meanwhile.
/// Throws Error 08X01 when it is no database, or neither meta page can be read, 42X03 when there is
/// a file `output`, 08X02 when another process has the file open.
SalvageReport salvage(const std::string& path, const std::string& output,
                      const SalvageOptions& options = {});

}  // namespace v1
}  // namespace geode
