#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <geode/database.hpp>

namespace geode {
inline namespace v1 {

enum class VerifySeverity : std::uint8_t {
  kWarning,  ///< answers are right, but space is lost or a part could not be looked at
  kDamage,   ///< what is stored contradicts itself: answers may be wrong
};

/// Something a database says about itself that is not so.
struct VerifyFinding {
  VerifySeverity severity = VerifySeverity::kDamage;
  std::string part;      ///< that of the verification: "catalog", "nodes", ...
  std::string table;     ///< of the file: "base", "hot", "log", "idx", "idxd", "cat"
  std::string where;     ///< the element, name or chunk: "node 7", "column Person.age, chunk 3"
  std::string found;     ///< what is there
  std::string expected;  ///< what should be
};

/// One part of a verification that has been run.
struct VerifyPart {
  std::string name;
  std::uint64_t items = 0;  ///< what was looked at, in the words of `noun`
  std::string noun;
  std::uint64_t findings = 0;
  double seconds = 0;
  /// Why it was left out: another part it rests on is damaged. "" when it was run.
  std::string skipped;
};

struct VerifyReport {
  std::string path, database_id;
  std::uint32_t format_version = 0;
  std::uint64_t transaction = 0;  ///< of the snapshot
  std::vector<VerifyPart> parts;
  std::vector<VerifyFinding> findings;  ///< the first ones, in the order of the parts
  std::uint64_t more_findings = 0;      ///< those that were too many to be kept
  std::uint64_t damages = 0;            ///< of severity kDamage, kept or not
  double seconds = 0;

  bool ok() const { return damages == 0; }
};

struct VerifyProgress {
  std::string part;
  std::uint64_t done = 0, total = 0;  ///< of the part
};

struct VerifyOptions {
  std::size_t maximum_findings = 100;
  /// To compare edges in; with less of it adjacency is read more often.
  std::uint64_t memory_bytes = std::uint64_t{256} << 20;
  /// Called a few times a second at least; false stops the verification with Error 57X01.
  std::function<bool(const VerifyProgress&)> progress;
};

/// Compares everything a database says about itself in one snapshot: checksums and forms of what is
/// stored, the order and number of entries, both sides of each edge, columns, labels, counts,
/// statistics, the catalog, indexes and numbers still to be given. Nothing is changed; others may
/// read and write meanwhile. What is damaged is reported, not thrown, and the parts that do not
/// rest on it go on.
VerifyReport verify(const Database& database, const VerifyOptions& options = {});

/// The same of a file that is opened for reading only; when it is so damaged that it cannot be
/// opened, what its pages show. Throws Error 08X01 when it is no database.
VerifyReport verify(const std::string& path, const VerifyOptions& options = {});

}  // namespace v1
}  // namespace geode
