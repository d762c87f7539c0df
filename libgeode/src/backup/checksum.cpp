#include "backup/checksum.hpp"

#include <fstream>

#include <openssl/evp.h>

#include <geode/error.hpp>
#include "base/assert.hpp"

namespace geode::backup {

namespace {
EVP_MD_CTX* as_context(void* context) { return static_cast<EVP_MD_CTX*>(context); }
}  // namespace

void Sha256::Free::operator()(void* context) const { EVP_MD_CTX_free(as_context(context)); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  GEODE_CHECK(context_ != nullptr &&
                  EVP_DigestInit_ex(as_context(context_.get()), EVP_sha256(), nullptr) == 1,
              "SHA-256 is not to be had from OpenSSL");
}

void Sha256::update(std::span<const char> bytes) {
  GEODE_CHECK(EVP_DigestUpdate(as_context(context_.get()), bytes.data(), bytes.size()) == 1,
              "SHA-256 failed");
}

std::string Sha256::digest() const {
  const Sha256 copy;
  std::string out(kBytes, '\0');
  unsigned length = 0;
  EVP_MD_CTX* const context = as_context(copy.context_.get());
  GEODE_CHECK(
      EVP_MD_CTX_copy_ex(context, as_context(context_.get())) == 1 &&
          EVP_DigestFinal_ex(context, reinterpret_cast<unsigned char*>(out.data()), &length) == 1 &&
          length == kBytes,
      "SHA-256 failed");
  return out;
}

std::string to_hex(const std::string& bytes) {
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return out;
}

std::string file_checksum(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string buffer(std::size_t{1} << 20, '\0');
  Sha256 sum;
  while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) ||
         file.gcount() > 0) {
    sum.update({buffer.data(), static_cast<std::size_t>(file.gcount())});
  }
  if (!file.eof()) throw Error(status::kIo, "cannot read '" + path + "'");
  return "sha256:" + to_hex(sum.digest());
}

}  // namespace geode::backup
