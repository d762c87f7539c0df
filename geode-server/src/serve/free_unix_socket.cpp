#include "serve/free_unix_socket.hpp"

#include <filesystem>
#include <sys/un.h>
#include <unistd.h>

#include "protocol/unix_socket_places.hpp"

namespace geode::server {

std::string free_unix_socket(const std::vector<std::string>& places) {
  for (const std::string& place : places) {
    if (place.size() >= sizeof(sockaddr_un::sun_path)) continue;
    const std::string folder = std::filesystem::path(place).parent_path().string();
    if (::access(folder.empty() ? "." : folder.c_str(), W_OK | X_OK) != 0) continue;
    if (!protocol::unix_socket_answers(place)) return place;
  }
  return "";
}

}  // namespace geode::server
