#include "auth/login.hpp"

namespace geode::server {

Session log_in(Database& database, LoginThrottle& throttle, const Peer& peer,
               const std::string& user, const std::string& password) {
  if (!database.has_users()) return database.open_session();
  const auto failure = [](std::string_view reason) {
    return LoginRefused(
        reason,
        Error(status::kNotAuthenticated, "user or password is not right, or too many attempts")
            .hint("users are made with CREATE USER; a client names one in its URL: "
                  "geode://user:password@host"));
  };
  if (user.empty() && password.empty()) {
    if (!peer.certificate_name.empty()) {
      try {
        return database.session(peer.certificate_name);
      } catch (const Error&) {
        // No user has the name of the certificate.
      }
    }
    throw LoginRefused(
        "no_credentials",
        Error(status::kNotAuthenticated, "the database has users, and the connection names none")
            .hint("geode://user:password@host, or GEODE_USERNAME and GEODE_PASSWORD_FILE"));
  }
  if (!throttle.begin(user, peer.address, LoginThrottle::Clock::now())) throw failure("throttled");
  const bool right = database.authenticate(user, password);
  throttle.ended(user, peer.address, right);
  if (!right) throw failure("wrong_credentials");
  return database.session(user);
}

}  // namespace geode::server
