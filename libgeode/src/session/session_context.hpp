#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/interrupt.hpp"
#include "gql/exec/parallel/parallel_run.hpp"
#include "gql/exec/spill/spill_space.hpp"
#include "gql/procedure/host.hpp"
#include "security/access.hpp"

namespace geode::session {

class Activity;

/// What the statements of a session have in common, until the session changes it. Statements share
/// it, as they may outlive the session.
struct SessionContext {
  std::shared_ptr<Activity> activity;
  std::int64_t session = 0;
  std::string user;
  /// Whose rights they have; null: all.
  std::shared_ptr<const security::Access> access;
  std::shared_ptr<base::Interrupt> interrupt;
  std::shared_ptr<gql::ProcedureHost> host;                ///< holds the database
  const gql::exec::SpillSpace::Settings* spill = nullptr;  ///< of the database
  gql::exec::ParallelSettings parallel;
  std::string time_zone = "Z";
  bool null_sums = false;
};

}  // namespace geode::session
