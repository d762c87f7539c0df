#pragma once

#include <memory>

#include <geode/session.hpp>
#include "gql/procedure/host.hpp"
#include "session/database_impl.hpp"

namespace geode::session {

/// What procedures may ask and do, over a database and one of its sessions. Outlives the session
/// when a result that is still read does.
class SessionHost final : public gql::ProcedureHost {
 public:
  /// `session` is empty for statements that run without one.
  SessionHost(std::shared_ptr<Database::Impl> database, std::weak_ptr<Session::Impl> session)
      : database_(std::move(database)), session_(std::move(session)) {}

  std::vector<gql::RunningQuery> running_queries() const override;
  std::vector<gql::OpenTransaction> open_transactions() const override;
  std::vector<OpenSnapshot> snapshots() const override;
  bool kill_query(std::string_view id) override;
  std::vector<gql::Setting> settings() const override;
  std::vector<gql::MemoryFigure> memory() const override;
  std::uint64_t clear_cache() override;
  gql::Compaction compact() override;
  std::uint64_t used_bytes() const override;
  std::string version() const override;

 private:
  std::shared_ptr<Database::Impl> database_;
  std::weak_ptr<Session::Impl> session_;
};

}  // namespace geode::session
