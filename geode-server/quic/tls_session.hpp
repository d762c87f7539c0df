#pragma once

// For the files of this folder that call ngtcp2: others stay free of its headers.

#include <memory>
#include <string>

#include <gnutls/gnutls.h>
#include <ngtcp2/ngtcp2_crypto.h>

#include "quic/credentials.hpp"

namespace geode::quic {

/// The TLS 1.3 handshake of one connection: `geode/1`, no early data, no resumption.
class TlsSession {
 public:
  /// `name`: of the server, for the client's side; empty on the server's. `reference` tells
  /// ngtcp2's TLS functions the connection; it outlives the session.
  TlsSession(std::shared_ptr<const Credentials> credentials, const std::string& name,
             ngtcp2_crypto_conn_ref& reference);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  gnutls_session_t native() const { return session_; }
  /// Whether the application protocol was agreed on; after the handshake.
  bool speaks_geode() const;
  /// Whether the other side has shown a certificate that was verified.
  bool peer_is_verified() const { return peer_is_verified_; }
  /// The common name of that certificate; empty when it has none.
  const std::string& peer_name() const { return peer_name_; }
  /// Why its certificate was not taken; empty when that is not what went wrong.
  const std::string& distrust() const { return distrust_; }

 private:
  static int verify(gnutls_session_t session);
  int verify();

  std::shared_ptr<const Credentials> credentials_;
  const std::string name_;
  gnutls_session_t session_ = nullptr;
  bool peer_is_verified_ = false;
  std::string peer_name_, distrust_;
};

}  // namespace geode::quic
