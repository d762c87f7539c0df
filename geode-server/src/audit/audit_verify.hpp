#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/audit_chain.hpp"

namespace geode::server {

/// The first thing that is wrong with an audit log.
struct AuditProblem {
  std::string file;
  std::uint64_t line = 0;
  std::string text;
};

struct AuditCheck {
  std::vector<std::string> files;  ///< in the order of their events
  std::uint64_t events = 0, first_event_id = 0;
  AuditLink last;
  std::vector<std::string> remarks;  ///< what was not, or could not be, compared
  std::optional<AuditProblem> problem;
};

/// Reads files of one audit log, with those put aside beside them (FILE.1, FILE.2, ...), and
/// compares every line with its hash, its number and the line before, and the end with FILE.head.
/// Throws Error 58X01 when one cannot be read.
AuditCheck verify_audit(const std::vector<std::string>& files);

}  // namespace geode::server
