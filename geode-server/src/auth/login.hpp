#pragma once

#include <string>

#include <geode/database.hpp>
#include "auth/login_throttle.hpp"

namespace geode::server {

/// What a connection tells of the other side before it has said anything.
struct Peer {
  std::string address;  ///< without the port; "local" for a socket of the file system
  /// The common name of a certificate that the configured CA signed; "" when none was shown.
  std::string certificate_name;
};

/// The session of who says that he is `user`. Without users everybody has an open one. A client
/// certificate stands for the user of its name when no other is named. Throws Error 28000, always
/// with the same words, when the user or the password is wrong, he is suspended, or tries too
/// often.
Session log_in(Database& database, LoginThrottle& throttle, const Peer& peer,
               const std::string& user, const std::string& password);

}  // namespace geode::server
