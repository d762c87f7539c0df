#include "audit/audit_chain.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>

#include <openssl/evp.h>

#include <geode/error.hpp>

namespace geode::server {

namespace {

constexpr std::size_t kDigits = 64;
constexpr std::string_view kBegin = R"({"event_id":)";
constexpr std::string_view kHash = R"(,"hash":")";
constexpr std::string_view kEnd = R"("})";

bool is_hash(std::string_view text) {
  return text.size() == kDigits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

std::string audit_hash(std::string_view before, std::string_view hashed) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const std::string whole = std::string(before) + std::string(hashed);
  if (EVP_Digest(whole.data(), whole.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
    throw Error(status::kInternal, "SHA-256 is not to be had");
  std::string hash;
  for (unsigned int i = 0; i < size; ++i) {
    constexpr char kHex[] = "0123456789abcdef";
    hash += kHex[digest.at(i) >> 4];
    hash += kHex[digest.at(i) & 15];
  }
  return hash;
}

std::string chained_line(std::string_view body, const AuditLink& before) {
  const std::string hashed = "{" + std::string(body);
  return hashed + std::string(kHash) + audit_hash(before.hash, hashed) + std::string(kEnd) + "\n";
}

std::optional<AuditLineParts> read_audit_line(std::string_view line) {
  constexpr std::size_t kTail = kHash.size() + kDigits + kEnd.size();
  if (line.size() < kBegin.size() + kTail || !line.starts_with(kBegin) || !line.ends_with(kEnd))
    return std::nullopt;
  AuditLineParts parts;
  parts.hashed = line.substr(0, line.size() - kTail);
  const std::string_view tail = line.substr(parts.hashed.size());
  const std::string_view hash = tail.substr(kHash.size(), kDigits);
  if (!tail.starts_with(kHash) || !is_hash(hash)) return std::nullopt;
  parts.link.hash = hash;
  const char* const digits = line.data() + kBegin.size();
  const auto [end, error] =
      std::from_chars(digits, parts.hashed.data() + parts.hashed.size(), parts.link.event_id);
  if (error != std::errc() || end == parts.hashed.data() + parts.hashed.size() || *end != ',')
    return std::nullopt;
  return parts;
}

bool is_note(std::string_view hashed, std::string_view operation) {
  // Quotes inside of texts are escaped, so that no statement can look like this.
  return hashed.find(R"("event_type":"audit_log")") != std::string_view::npos &&
         hashed.find(R"("operation":{"type":")" + std::string(operation) + '"') !=
             std::string_view::npos;
}

std::optional<std::string_view> note_detail(std::string_view hashed, std::string_view name) {
  const std::string key = "\"" + std::string(name) + R"(":")";
  const std::size_t found = hashed.find(key);
  if (found == std::string_view::npos) return std::nullopt;
  const std::string_view rest = hashed.substr(found + key.size());
  return rest.substr(0, rest.find('"'));
}

std::string head_path(const std::string& file) { return file + ".head"; }

std::optional<AuditLink> read_head(const std::string& file) {
  std::ifstream in(head_path(file));
  AuditLink link;
  if (!(in >> link.event_id >> link.hash) || !is_hash(link.hash)) return std::nullopt;
  return link;
}

}  // namespace geode::server
