#include <cerrno>
#include <chrono>
#include <sys/stat.h>

#include <geode/error.hpp>
#include <geode/salvage.hpp>
#include "catalog/stored_catalog.hpp"
#include "graph/graph_transaction.hpp"
#include "repair/output.hpp"
#include "repair/pieces.hpp"
#include "session/database_impl.hpp"
#include "storage/database_file.hpp"
#include "storage/scratch_folder.hpp"

namespace geode {

namespace repair {
namespace {

void verify_output(const Database& database, const SalvageOptions& options) {
  VerifyOptions checks;
  if (options.progress) {
    checks.progress = [&](const VerifyProgress& progress) {
      return options.progress({"verification", progress.done, progress.total});
    };
  }
  const VerifyReport report = verify(database, checks);
  if (report.ok()) return;
  const VerifyFinding& first = report.findings.front();
  throw Error(status::kInternal, "what was saved does not verify: " + first.where + ": found " +
                                     first.found + "; expected " + first.expected);
}

}  // namespace
}  // namespace repair

inline namespace v1 {

SalvageReport salvage(const std::string& path, const std::string& output,
                      const SalvageOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  struct stat info {};
  if (::lstat(output.c_str(), &info) == 0) {
    throw Error(status::kDuplicateObject, "there is a file '" + output + "' already")
        .hint("choose another name, or remove it first");
  }
  SalvageReport report;
  report.path = path;
  report.output = output;
  const storage::ScratchFolder folder(storage::folder_of(output));
  repair::Losses losses(options, report);
  {
    const Database saved(folder.file("saved.geode"));
    {
      const repair::Pieces pieces(path, folder, losses);
      const auto known = catalog::StoredCatalog::load(pieces.txn(), 0);
      repair::Output out(pieces, known, saved.impl()->environment, losses);
      out.save_nodes();
      out.save_edges();
      out.save_definitions();
    }
    graph::fold_all(saved.impl()->environment);
    repair::verify_output(saved, options);
    saved.save(output);
  }
  Options reading;
  reading.read_only = true;
  report.database_id = Database(output, reading).id();
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return report;
}

}  // namespace v1
}  // namespace geode
