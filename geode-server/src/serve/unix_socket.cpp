#include "serve/unix_socket.hpp"

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace geode::server {

namespace {

bool is_in_use(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return true;
  const int result =
      ::connect(socket, reinterpret_cast<const sockaddr*>(&address),
                static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size()));
  const bool listening = result == 0 || (errno != ENOENT && errno != ECONNREFUSED);
  ::close(socket);
  return listening;
}

}  // namespace

std::vector<std::string> unix_socket_places(
    const std::function<std::optional<std::string>(const std::string&)>& environment,
    const std::string& data_folder) {
  std::vector<std::string> places{"/run/geode/geode.sock"};
  if (const auto folder = environment("XDG_RUNTIME_DIR"); folder && !folder->empty())
    places.push_back(*folder + "/geode.sock");
  if (!data_folder.empty()) places.push_back(data_folder + "/geode.sock");
  return places;
}

std::string free_unix_socket(const std::vector<std::string>& places) {
  for (const std::string& place : places) {
    if (place.size() >= sizeof sockaddr_un::sun_path) continue;
    const std::string folder = std::filesystem::path(place).parent_path().string();
    if (::access(folder.empty() ? "." : folder.c_str(), W_OK | X_OK) != 0) continue;
    if (!is_in_use(place)) return place;
  }
  return "";
}

}  // namespace geode::server
