#pragma once

#include <chrono>
#include <string_view>

namespace geode::server {

/// Tells the service manager how the server is: "READY=1", lines as sd_notify(3) describes. Without
/// a manager that asked for it (NOTIFY_SOCKET) nothing is sent; what cannot be sent is lost.
void notify_manager(std::string_view state);

/// Half of the time within which the manager wants to hear "WATCHDOG=1" (WATCHDOG_USEC); zero when
/// it does not.
std::chrono::microseconds watchdog_interval();

}  // namespace geode::server
