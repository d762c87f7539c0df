#pragma once

namespace geode::cli {

/// From now on Ctrl-C and SIGTERM ask the command to stop, which removes what it has begun; a
/// second one ends the process at once.
void watch_for_stop_request();
bool stop_requested();

}  // namespace geode::cli
