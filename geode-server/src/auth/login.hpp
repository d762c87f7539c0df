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
  std::string transport;  ///< "tls", "quic", "unix" or "https"
};

/// Why nobody was let in, for those who keep a record: a client is not told.
class LoginRefused : public Error {
 public:
  LoginRefused(std::string_view reason, Error error) : Error(std::move(error)), reason_(reason) {}
  /// "wrong_credentials", "throttled" or "no_credentials"; of the life of the program.
  std::string_view reason() const { return reason_; }

 private:
  std::string_view reason_;
};

/// The session of who says that he is `user`. Without users everybody has an open one. A client
/// certificate stands for the user of its name when no other is named. Throws LoginRefused 28000,
/// always with the same words, when the user or the password is wrong, he is suspended, or tries
/// too often.
Session log_in(Database& database, LoginThrottle& throttle, const Peer& peer,
               const std::string& user, const std::string& password);

}  // namespace geode::server
