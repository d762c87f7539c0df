#include "quic/tls_session.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <ctime>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include <gnutls/x509.h>
#include <ngtcp2/ngtcp2_crypto_gnutls.h>

#include <geode/error.hpp>
#include "protocol/framing.hpp"

namespace geode::quic {

namespace {

/// TLS 1.3 with what QUIC knows; without the bytes that let TLS 1.3 over TCP look like 1.2.
constexpr const char* kPriority =
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:"
    "-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:%DISABLE_TLS13_COMPAT_MODE";

bool is_address(const std::string& host) {
  in6_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

std::string text_of(const gnutls_datum_t& bytes) {
  return {reinterpret_cast<const char*>(bytes.data), bytes.size};
}

class X509 {
 public:
  explicit X509(const gnutls_datum_t& encoded) {
    if (gnutls_x509_crt_init(&certificate_) != 0) throw std::bad_alloc();
    // One that cannot be read has no fields.
    gnutls_x509_crt_import(certificate_, &encoded, GNUTLS_X509_FMT_DER);
  }
  ~X509() { gnutls_x509_crt_deinit(certificate_); }
  X509(const X509&) = delete;
  X509& operator=(const X509&) = delete;
  gnutls_x509_crt_t get() const { return certificate_; }

 private:
  gnutls_x509_crt_t certificate_ = nullptr;
};

std::string common_name(const gnutls_datum_t& encoded) {
  const X509 certificate(encoded);
  std::size_t size = 0;
  const auto read = [&](char* to) {
    return gnutls_x509_crt_get_dn_by_oid(certificate.get(), GNUTLS_OID_X520_COMMON_NAME, 0, 0, to,
                                         &size);
  };
  if (read(nullptr) != GNUTLS_E_SHORT_MEMORY_BUFFER) return {};
  std::string name(size, '\0');
  if (read(name.data()) != 0) return {};
  name.resize(size);
  return name;
}

}  // namespace

struct Credentials::Impl {
  explicit Impl(bool server)
      : is_server(server), error_status(server ? status::kCannotOpen : status::kConnection) {
    require(gnutls_certificate_allocate_credentials(&certificates), "memory");
    require(gnutls_priority_init(&priority, kPriority, nullptr), "the choice of ciphers");
  }
  ~Impl() {
    if (certificates) gnutls_certificate_free_credentials(certificates);
    if (priority) gnutls_priority_deinit(priority);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  /// GnuTLS counts what it read, or gives a negative code.
  void require(int code, const std::string& what) const {
    if (code >= 0) return;
    throw Error(error_status, what + " cannot be used for QUIC: " + gnutls_strerror(code))
        .hint("it must be a PEM file that may be read, and the key that of the certificate");
  }
  void show(const std::string& certificate, const std::string& key) {
    require(gnutls_certificate_set_x509_key_file(certificates, certificate.c_str(), key.c_str(),
                                                 GNUTLS_X509_FMT_PEM),
            "the certificate " + certificate + " with the key " + key);
  }
  void trust(const std::string& ca) {
    const int count =
        gnutls_certificate_set_x509_trust_file(certificates, ca.c_str(), GNUTLS_X509_FMT_PEM);
    require(count == 0 ? GNUTLS_E_NO_CERTIFICATE_FOUND : count, "the certificates of " + ca);
  }
  void take_back(const std::string& crl) {
    const std::string what = "the revocation list " + crl;
    gnutls_datum_t text{};
    require(gnutls_load_file(crl.c_str(), &text), what);
    gnutls_x509_crl_t* lists = nullptr;
    unsigned count = 0;
    int code = gnutls_x509_crl_list_import2(&lists, &count, &text, GNUTLS_X509_FMT_PEM, 0);
    gnutls_free(text.data);
    for (unsigned i = 0; code >= 0 && i < count; ++i) {
      gnutls_datum_t issuer{};
      code = gnutls_x509_crl_get_raw_issuer_dn(lists[i], &issuer);
      if (code < 0) break;
      revocations.push_back({text_of(issuer), gnutls_x509_crl_get_next_update(lists[i])});
      gnutls_free(issuer.data);
    }
    if (code >= 0)
      code = gnutls_certificate_set_x509_crl(certificates, lists, static_cast<int>(count));
    for (unsigned i = 0; i < count; ++i) gnutls_x509_crl_deinit(lists[i]);
    gnutls_free(lists);
    require(code, what);
  }
  /// GnuTLS itself goes by lists that are out of date, and without one for an issuer.
  bool knows_revocations_of(const gnutls_datum_t& encoded) const {
    if (revocations.empty()) return true;
    const X509 certificate(encoded);
    gnutls_datum_t issuer{};
    if (gnutls_x509_crt_get_raw_issuer_dn(certificate.get(), &issuer) < 0) return false;
    const std::string name = text_of(issuer);
    gnutls_free(issuer.data);
    return std::any_of(revocations.begin(), revocations.end(), [&](const Revocations& list) {
      return list.issuer == name && list.next_update >= std::time(nullptr);
    });
  }

  struct Revocations {
    std::string issuer;  ///< its distinguished name, DER
    std::time_t next_update = 0;
  };

  const bool is_server;
  const decltype(status::kConnection) error_status;
  gnutls_certificate_credentials_t certificates = nullptr;
  gnutls_priority_t priority = nullptr;
  std::vector<Revocations> revocations;
  /// What a peer is asked for: nothing, a certificate if it has one, a certificate.
  gnutls_certificate_request_t request = GNUTLS_CERT_IGNORE;
};

Credentials::Credentials(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Credentials::~Credentials() = default;

std::shared_ptr<const Credentials> Credentials::of_server(const std::string& certificate,
                                                          const std::string& key,
                                                          const std::string& client_ca,
                                                          const std::string& client_crl,
                                                          bool require_client_certificate) {
  auto impl = std::make_unique<Impl>(true);
  impl->show(certificate, key);
  if (!client_ca.empty()) {
    impl->trust(client_ca);
    if (!client_crl.empty()) impl->take_back(client_crl);
    impl->request = require_client_certificate ? GNUTLS_CERT_REQUIRE : GNUTLS_CERT_REQUEST;
  }
  return std::shared_ptr<const Credentials>(new Credentials(std::move(impl)));
}

std::shared_ptr<const Credentials> Credentials::of_client(const std::string& certificate,
                                                          const std::string& key,
                                                          const std::string& ca, bool insecure) {
  auto impl = std::make_unique<Impl>(false);
  if (!certificate.empty()) impl->show(certificate, key);
  if (!insecure) {
    impl->request = GNUTLS_CERT_REQUIRE;
    if (ca.empty()) {
      impl->require(gnutls_certificate_set_x509_system_trust(impl->certificates),
                    "what the system trusts");
    } else {
      impl->trust(ca);
    }
  }
  return std::shared_ptr<const Credentials>(new Credentials(std::move(impl)));
}

TlsSession::TlsSession(std::shared_ptr<const Credentials> credentials, const std::string& name,
                       ngtcp2_crypto_conn_ref& reference)
    : credentials_(std::move(credentials)), name_(name) {
  const Credentials::Impl& with = credentials_->impl();
  const auto require = [&](int code) {
    if (code < 0) {
      if (session_) gnutls_deinit(session_);
      throw Error(with.error_status, std::string("TLS cannot be used: ") + gnutls_strerror(code));
    }
  };
  // Without GNUTLS_ENABLE_EARLY_DATA nothing is taken that could be a statement played again.
  require(gnutls_init(&session_, (with.is_server ? GNUTLS_SERVER : GNUTLS_CLIENT) |
                                     GNUTLS_NO_AUTO_SEND_TICKET | GNUTLS_NO_END_OF_EARLY_DATA));
  require(gnutls_priority_set(session_, with.priority));
  require(gnutls_credentials_set(session_, GNUTLS_CRD_CERTIFICATE, with.certificates));
  require(with.is_server ? ngtcp2_crypto_gnutls_configure_server_session(session_)
                         : ngtcp2_crypto_gnutls_configure_client_session(session_));
  constexpr std::string_view kProtocol = protocol::kApplicationProtocol;
  const gnutls_datum_t application{
      reinterpret_cast<unsigned char*>(const_cast<char*>(kProtocol.data())),
      static_cast<unsigned>(kProtocol.size())};
  require(gnutls_alpn_set_protocols(session_, &application, 1, GNUTLS_ALPN_MANDATORY));
  gnutls_session_set_ptr(session_, &reference);
  gnutls_db_set_ptr(session_, this);  // the one other pointer of a session; there is no resumption
  if (with.is_server) gnutls_certificate_server_set_request(session_, with.request);
  if (with.request != GNUTLS_CERT_IGNORE)
    gnutls_session_set_verify_function(session_, &TlsSession::verify);
  if (!with.is_server && !is_address(name_))
    require(gnutls_server_name_set(session_, GNUTLS_NAME_DNS, name_.data(), name_.size()));
}

TlsSession::~TlsSession() { gnutls_deinit(session_); }

bool TlsSession::speaks_geode() const {
  gnutls_datum_t chosen{};
  return gnutls_alpn_get_selected_protocol(session_, &chosen) == 0 &&
         std::string_view(reinterpret_cast<const char*>(chosen.data), chosen.size) ==
             protocol::kApplicationProtocol;
}

int TlsSession::verify(gnutls_session_t session) {
  return static_cast<TlsSession*>(gnutls_db_get_ptr(session))->verify();
}

int TlsSession::verify() {
  const Credentials::Impl& with = credentials_->impl();
  unsigned count = 0;
  const gnutls_datum_t* peers = gnutls_certificate_get_peers(session_, &count);
  if (peers == nullptr || count == 0)
    return with.request == GNUTLS_CERT_REQUIRE ? GNUTLS_E_CERTIFICATE_ERROR : 0;
  const char* purpose = with.is_server ? GNUTLS_KP_TLS_WWW_CLIENT : GNUTLS_KP_TLS_WWW_SERVER;
  const auto bytes = [](const char* text) {
    return reinterpret_cast<unsigned char*>(const_cast<char*>(text));
  };
  gnutls_typed_vdata_st expected[] = {{GNUTLS_DT_KEY_PURPOSE_OID, bytes(purpose), 0},
                                      {GNUTLS_DT_DNS_HOSTNAME, bytes(name_.c_str()), 0}};
  unsigned status = 0;
  const int code =
      gnutls_certificate_verify_peers(session_, expected, with.is_server ? 1 : 2, &status);
  if (code == 0 && status == 0 && !with.knows_revocations_of(peers[0])) {
    distrust_ = "the list of certificates that were taken back is out of date, or not there";
    return GNUTLS_E_CERTIFICATE_ERROR;
  }
  if (code == 0 && status == 0) {
    peer_is_verified_ = true;
    peer_name_ = common_name(peers[0]);
    return 0;
  }
  gnutls_datum_t text{};
  if (code == 0 &&
      gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text, 0) == 0) {
    distrust_.assign(reinterpret_cast<const char*>(text.data), text.size);
    while (!distrust_.empty() && (distrust_.back() == ' ' || distrust_.back() == '\0'))
      distrust_.pop_back();
    gnutls_free(text.data);
  } else {
    distrust_ = gnutls_strerror(code);
  }
  return GNUTLS_E_CERTIFICATE_ERROR;
}

}  // namespace geode::quic
