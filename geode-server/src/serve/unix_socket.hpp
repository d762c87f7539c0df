#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace geode::server {

/// Where a server may put its socket when it is not told where, best first; a client of this
/// machine looks there in the same order. `data_folder` may be empty.
std::vector<std::string> unix_socket_places(
    const std::function<std::optional<std::string>(const std::string&)>& environment,
    const std::string& data_folder);

/// The first of these places in a folder that can be written to where no other server listens;
/// empty when there is none.
std::string free_unix_socket(const std::vector<std::string>& places);

}  // namespace geode::server
