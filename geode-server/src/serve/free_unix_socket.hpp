#pragma once

#include <string>
#include <vector>

namespace geode::server {

/// The first of these places in a folder that can be written to where no other server listens;
/// empty when there is none.
std::string free_unix_socket(const std::vector<std::string>& places);

}  // namespace geode::server
