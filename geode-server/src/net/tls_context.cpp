#include "net/tls_context.hpp"

#include <string_view>
#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "net/certificate.hpp"
#include "protocol/framing.hpp"

namespace geode::server {

namespace {

/// ALPN's list: each name behind its length.
std::string protocol_list(std::string_view name) {
  std::string list(1, static_cast<char>(name.size()));
  return list.append(name);
}

/// `http`: whether HTTP is spoken.
int select_protocol(SSL*, const unsigned char** out, unsigned char* out_length,
                    const unsigned char* in, unsigned int in_length, void* http) {
  static const std::string native = protocol_list(protocol::kApplicationProtocol);
  static const std::string web = protocol_list("http/1.1") + protocol_list("http/1.0");
  const std::string& ours = http == nullptr ? native : web;
  unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(&chosen, out_length,
                                          reinterpret_cast<const unsigned char*>(ours.data()),
                                          static_cast<unsigned int>(ours.size()), in, in_length);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

void require(bool holds, const std::string& what) {
  if (holds) return;
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  char reason[256] = "no reason given";
  if (code != 0) ERR_error_string_n(code, reason, sizeof reason);
  throw Error(status::kCannotOpen, what + " cannot be used for TLS: " + reason)
      .hint("it must be a PEM file that the server may read, and the key that of the certificate");
}

void warn_of_open_key(const ServerOptions& options, const std::string& key) {
  struct stat file {};
  constexpr mode_t kOthers = S_IRWXO | S_IWGRP;
  if (!options.log || ::stat(key.c_str(), &file) != 0 || (file.st_mode & kOthers) == 0) return;
  options.log(LogLevel::kWarn, "the private key " + key +
                                   " may be read or changed by other accounts: chmod 600 " + key);
}

}  // namespace

std::shared_ptr<boost::asio::ssl::context> make_tls_context(const ServerOptions& options,
                                                            Application application) {
  const CertificateFiles files = certificate_files(options);
  auto context = std::make_shared<boost::asio::ssl::context>(boost::asio::ssl::context::tls_server);
  SSL_CTX* tls = context->native_handle();
  SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION);
  SSL_CTX_set_num_tickets(tls, 0);
  SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(tls, select_protocol,
                             application == Application::kHttp ? tls : nullptr);
  require(SSL_CTX_use_certificate_chain_file(tls, files.certificate.c_str()) == 1,
          "the certificate " + files.certificate);
  require(SSL_CTX_use_PrivateKey_file(tls, files.key.c_str(), SSL_FILETYPE_PEM) == 1 &&
              SSL_CTX_check_private_key(tls) == 1,
          "the key " + files.key);
  if (application != Application::kHttp) warn_of_open_key(options, files.key);
  if (options.client_ca_file.empty()) return context;
  require(SSL_CTX_load_verify_locations(tls, options.client_ca_file.c_str(), nullptr) == 1,
          "the certificates of " + options.client_ca_file);
  SSL_CTX_set_client_CA_list(tls, SSL_load_client_CA_file(options.client_ca_file.c_str()));
  if (!options.client_crl_file.empty()) {
    X509_STORE* store = SSL_CTX_get_cert_store(tls);
    X509_LOOKUP* lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
    require(lookup != nullptr &&
                X509_load_crl_file(lookup, options.client_crl_file.c_str(), X509_FILETYPE_PEM) > 0,
            "the revocation list " + options.client_crl_file);
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
  }
  SSL_CTX_set_verify(
      tls,
      SSL_VERIFY_PEER | (options.require_client_certificate ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
      nullptr);
  return context;
}

}  // namespace geode::server
