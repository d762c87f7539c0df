#include "net/certificate.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <geode/error.hpp>

namespace geode::server {

namespace {

constexpr long kDay = 86'400;
constexpr long kValidity = 365 * kDay;
constexpr int kRenewSeconds = 30 * kDay;

template <auto free>
struct Free {
  template <class T>
  void operator()(T* object) const {
    free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Memory = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Extension = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;

[[noreturn]] void fail(const std::string& what) {
  throw Error(status::kCannotOpen, "the development certificate: " + what)
      .hint("give a certificate and a key of your own, or a folder that can be written to");
}

void require(bool holds, const char* what) {
  if (!holds) fail(std::string(what) + " failed");
}

bool is_usable(const CertificateFiles& files) {
  struct stat key {};
  if (::stat(files.key.c_str(), &key) != 0) return false;
  const std::unique_ptr<std::FILE, Free<std::fclose>> file(
      std::fopen(files.certificate.c_str(), "r"));
  if (!file) return false;
  const Certificate certificate(PEM_read_X509(file.get(), nullptr, nullptr, nullptr));
  int days = 0, seconds = 0;
  return certificate &&
         ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(certificate.get())) == 1 &&
         days > kRenewSeconds / kDay;
}

std::string alternative_names() {
  std::string names = "DNS:localhost,IP:127.0.0.1,IP:::1";
  char host[256] = "";
  if (::gethostname(host, sizeof host - 1) != 0) return names;
  // Only what a name of a host may have: the list has a syntax of its own.
  const std::string name = host;
  const bool plain = name.find_first_not_of(
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                         "0123456789.-") == std::string::npos;
  if (plain && !name.empty() && name != "localhost") names += ",DNS:" + name;
  return names;
}

void add_extension(X509& certificate, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, &certificate, &certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str()));
  require(extension && X509_add_ext(&certificate, extension.get(), -1) == 1, "an extension");
}

Certificate make_certificate(EVP_PKEY& key) {
  Certificate certificate(X509_new());
  require(certificate != nullptr, "X509_new");
  unsigned char serial[16];
  require(RAND_bytes(serial, sizeof serial) == 1, "RAND_bytes");
  serial[0] &= 0x7f;
  const std::unique_ptr<BIGNUM, Free<BN_free>> number(BN_bin2bn(serial, sizeof serial, nullptr));
  require(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate.get())) != nullptr,
          "the serial number");
  X509_set_version(certificate.get(), 2);
  // A day back, for clients whose clock is behind.
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kValidity);
  X509_set_pubkey(certificate.get(), &key);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  const auto* text = reinterpret_cast<const unsigned char*>("Geode development");
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  add_extension(*certificate, NID_subject_alt_name, alternative_names());
  add_extension(*certificate, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(*certificate, NID_ext_key_usage, "serverAuth");
  require(X509_sign(certificate.get(), &key, EVP_sha256()) > 0, "signing");
  return certificate;
}

/// Whole or not at all, under its name.
void write_file(const std::string& path, BIO& content, mode_t mode) {
  const std::string unfinished = path + ".new";
  ::unlink(unfinished.c_str());
  const int file = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0) fail("cannot make " + unfinished + ": " + std::strerror(errno));
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(&content, &bytes);
  const bool written = ::write(file, bytes, static_cast<std::size_t>(size)) == size;
  const bool kept = ::fsync(file) == 0;
  ::close(file);
  if (!written || !kept || ::rename(unfinished.c_str(), path.c_str()) != 0)
    fail("cannot write " + path + ": " + std::strerror(errno));
}

}  // namespace

CertificateFiles development_certificate(const std::string& folder) {
  const CertificateFiles files{folder + "/development-certificate.pem",
                               folder + "/development-key.pem"};
  if (is_usable(files)) return files;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) fail("cannot make the folder " + folder + ": " + error.message());
  const Key key(EVP_EC_gen("P-256"));
  require(key != nullptr, "making a key");
  const Certificate certificate = make_certificate(*key);
  const Memory key_text(BIO_new(BIO_s_mem())), text(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                   nullptr) == 1 &&
              PEM_write_bio_X509(text.get(), certificate.get()) == 1,
          "writing PEM");
  write_file(files.key, *key_text, 0600);
  write_file(files.certificate, *text, 0644);
  return files;
}

CertificateFiles certificate_files(const ServerOptions& options) {
  return options.certificate_file.empty()
             ? development_certificate(options.development_certificate_folder)
             : CertificateFiles{options.certificate_file, options.key_file};
}

}  // namespace geode::server
