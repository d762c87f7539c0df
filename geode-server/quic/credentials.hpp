#pragma once

#include <memory>
#include <string>

namespace geode::quic {

/// What one side shows and whom it trusts; shared by its connections.
class Credentials {
 public:
  /// PEM files. `client_ca`: who signs certificates of clients; empty: these are not asked for.
  /// `client_crl`: which of them were taken back; empty: none. Throws Error 08X01 when a file
  /// cannot be used.
  static std::shared_ptr<const Credentials> of_server(const std::string& certificate,
                                                      const std::string& key,
                                                      const std::string& client_ca,
                                                      const std::string& client_crl,
                                                      bool require_client_certificate);
  /// `ca`: who signs certificates of servers; empty: what the system trusts. `certificate` and
  /// `key` may be empty. `insecure`: any server will do. Throws Error 08000.
  static std::shared_ptr<const Credentials> of_client(const std::string& certificate,
                                                      const std::string& key, const std::string& ca,
                                                      bool insecure);
  ~Credentials();
  Credentials(const Credentials&) = delete;
  Credentials& operator=(const Credentials&) = delete;

  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  explicit Credentials(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace geode::quic
