#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace geode::protocol {

/// Where a server puts its socket when it is not told where, best first, and where clients of this
/// machine look for it: /run/geode, $XDG_RUNTIME_DIR, the data directory. `data_folder` may be
/// empty.
std::vector<std::string> unix_socket_places(
    const std::function<std::optional<std::string>(const std::string&)>& environment,
    const std::string& data_folder);

/// Whether a process listens on the socket.
bool unix_socket_answers(const std::string& path);

}  // namespace geode::protocol
