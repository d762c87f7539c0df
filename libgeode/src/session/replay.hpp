#pragma once

#include <span>

#include <geode/change_log.hpp>
#include <geode/database.hpp>
#include "graph/log/segment.hpp"

namespace geode::session {

/// Database::replay_change_log() of segments that are open.
ReplayReport replay(const Database::Impl& database, std::span<const graph::Segment> segments,
                    const ReplayRequest& request);

}  // namespace geode::session
