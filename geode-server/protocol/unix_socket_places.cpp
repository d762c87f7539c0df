#include "protocol/unix_socket_places.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace geode::protocol {

std::vector<std::string> unix_socket_places(
    const std::function<std::optional<std::string>(const std::string&)>& environment,
    const std::string& data_folder) {
  std::vector<std::string> places{"/run/geode/geode.sock"};
  if (const auto folder = environment("XDG_RUNTIME_DIR"); folder && !folder->empty())
    places.push_back(*folder + "/geode.sock");
  if (!data_folder.empty()) places.push_back(data_folder + "/geode.sock");
  return places;
}

bool unix_socket_answers(const std::string& path) {
  sockaddr_un address{};
  if (path.size() >= sizeof address.sun_path) return false;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return false;
  const int result =
      ::connect(socket, reinterpret_cast<const sockaddr*>(&address),
                static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size()));
  // One whose queue is full has somebody who listens, and so may one that is not ours to use.
  const bool answers =
      result == 0 || (errno != ENOENT && errno != ENOTDIR && errno != ECONNREFUSED);
  ::close(socket);
  return answers;
}

}  // namespace geode::protocol
