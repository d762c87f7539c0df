#pragma once

#include "config/config.hpp"

namespace geode::server {

/// Serves until SIGTERM or SIGINT, in the calling thread and others; the exit status of the
/// process. `config` was made from `sources`, which SIGHUP has read again. Throws Error when it
/// cannot begin.
///
/// SIGTERM and SIGINT: what is under way ends, within server.shutdown_grace; a second one ends the
/// process at once, which loses nothing that was acknowledged. SIGHUP: reads the configuration, the
/// certificates again, and opens the log again. SIGUSR1: takes no new clients. SIGQUIT: logs what
/// runs. Tells a service manager how it is (sd_notify), and takes in orphans as process 1.
int serve(const Config& config, const ConfigSources& sources);

}  // namespace geode::server
