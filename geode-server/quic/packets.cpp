#include "quic/packets.hpp"

#include <algorithm>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>

#include <geode/error.hpp>

namespace geode::quic {

namespace {

constexpr std::size_t kSecretLength = 32;
constexpr ngtcp2_duration kTokenValidity = 10 * NGTCP2_SECONDS;

std::string text(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

const std::uint8_t* bytes_of(const std::string& text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

ngtcp2_cid cid_of(const ConnectionId& id) {
  ngtcp2_cid cid;
  ngtcp2_cid_init(&cid, bytes_of(id), id.size());
  return cid;
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (gnutls_rnd(GNUTLS_RND_KEY, bytes.data(), count) < 0)
    throw Error(status::kConnection, "the system gives no random numbers");
  return bytes;
}

/// `write` fills a buffer, and gives a length or a negative code.
template <class Write>
std::vector<std::uint8_t> packet(Write write) {
  std::vector<std::uint8_t> bytes(NGTCP2_MAX_UDP_PAYLOAD_SIZE);
  const ngtcp2_ssize size = write(bytes.data(), bytes.size());
  bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return bytes;
}

std::vector<std::uint8_t> close_packet(const Initial& initial, std::uint64_t code) {
  const ngtcp2_cid client = cid_of(initial.from), server = cid_of(initial.to);
  return packet([&](std::uint8_t* to, std::size_t size) {
    return ngtcp2_crypto_write_connection_close(to, size, initial.version, &client, &server, code,
                                                nullptr, 0);
  });
}

}  // namespace

std::optional<Envelope> open_envelope(Bytes datagram) {
  if (datagram.empty()) return std::nullopt;  // ngtcp2 would end the process
  ngtcp2_version_cid ids{};
  const int code = ngtcp2_pkt_decode_version_cid(&ids, datagram.data(), datagram.size(), kIdLength);
  if (code != 0 && code != NGTCP2_ERR_VERSION_NEGOTIATION) return std::nullopt;
  constexpr std::uint8_t kLongForm = 0x80;
  return Envelope{text(ids.dcid, ids.dcidlen), text(ids.scid, ids.scidlen),
                  (datagram[0] & kLongForm) != 0, code == 0};
}

std::optional<Initial> open_initial(Bytes datagram) {
  ngtcp2_pkt_hd header{};
  const int code = ngtcp2_accept(&header, datagram.data(), datagram.size());
  // What is sent along with the first packet, before the handshake, is not taken.
  if ((code != 0 && code != NGTCP2_ERR_RETRY) || header.type != NGTCP2_PKT_INITIAL)
    return std::nullopt;
  return Initial{header.version, text(header.dcid.data, header.dcid.datalen),
                 text(header.scid.data, header.scid.datalen),
                 text(header.token.base, header.token.len)};
}

Secrets make_secrets(const std::string& key) {
  Secrets secrets{std::string(kSecretLength, '\0'), random_bytes(kSecretLength)};
  constexpr char kPurpose[] = "geode/1 QUIC stateless reset";
  if (gnutls_hmac_fast(GNUTLS_MAC_SHA256, key.data(), key.size(), kPurpose, sizeof kPurpose,
                       secrets.reset.data()) < 0)
    throw Error(status::kCannotOpen, "QUIC cannot be used: HMAC-SHA-256 failed");
  return secrets;
}

std::vector<std::uint8_t> version_negotiation(const Envelope& envelope) {
  const std::uint32_t known[] = {NGTCP2_PROTO_VER_V1};
  const auto unused = static_cast<std::uint8_t>(random_bytes(1)[0]);
  return packet([&](std::uint8_t* to, std::size_t size) {
    return ngtcp2_pkt_write_version_negotiation(to, size, unused, bytes_of(envelope.from),
                                                envelope.from.size(), bytes_of(envelope.to),
                                                envelope.to.size(), known, std::size(known));
  });
}

std::vector<std::uint8_t> retry(const Initial& initial, const Address& client,
                                const Secrets& secrets) {
  const ngtcp2_cid original = cid_of(initial.to), from = cid_of(initial.from),
                   next = cid_of(random_id());
  std::uint8_t token[NGTCP2_CRYPTO_MAX_RETRY_TOKENLEN];
  const ngtcp2_ssize length = ngtcp2_crypto_generate_retry_token(
      token, bytes_of(secrets.retry), secrets.retry.size(), initial.version, client.get(),
      client.size, &next, &original, now());
  if (length < 0) return {};
  return packet([&](std::uint8_t* to, std::size_t size) {
    return ngtcp2_crypto_write_retry(to, size, initial.version, &from, &next, &original, token,
                                     static_cast<std::size_t>(length));
  });
}

std::optional<ConnectionId> original_id(const Initial& initial, const Address& client,
                                        const Secrets& secrets) {
  const ngtcp2_cid to = cid_of(initial.to);
  ngtcp2_cid original;
  if (ngtcp2_crypto_verify_retry_token(&original, bytes_of(initial.token), initial.token.size(),
                                       bytes_of(secrets.retry), secrets.retry.size(),
                                       initial.version, client.get(), client.size, &to,
                                       kTokenValidity, now()) != 0)
    return std::nullopt;
  return text(original.data, original.datalen);
}

std::vector<std::uint8_t> refusal(const Initial& initial) {
  return close_packet(initial, NGTCP2_CONNECTION_REFUSED);
}

std::vector<std::uint8_t> token_refusal(const Initial& initial) {
  return close_packet(initial, NGTCP2_INVALID_TOKEN);
}

std::vector<std::uint8_t> stateless_reset(const Envelope& envelope, std::size_t datagram_size,
                                          const Secrets& secrets) {
  // Shorter than what it answers: two servers that answer each other come to an end.
  constexpr std::size_t kLeast =
      NGTCP2_MIN_STATELESS_RESET_RANDLEN + NGTCP2_STATELESS_RESET_TOKENLEN;
  if (datagram_size <= kLeast) return {};
  const ngtcp2_cid id = cid_of(envelope.to);
  std::uint8_t token[NGTCP2_STATELESS_RESET_TOKENLEN];
  if (ngtcp2_crypto_generate_stateless_reset_token(token, bytes_of(secrets.reset),
                                                   secrets.reset.size(), &id) != 0)
    return {};
  constexpr std::size_t kRandom = 27;  // as long as a small packet
  const std::string random =
      random_bytes(std::min(kRandom, datagram_size - 1 - NGTCP2_STATELESS_RESET_TOKENLEN));
  return packet([&](std::uint8_t* to, std::size_t size) {
    return ngtcp2_pkt_write_stateless_reset(to, size, token, bytes_of(random), random.size());
  });
}

ConnectionId random_id(std::size_t length) { return random_bytes(length); }

}  // namespace geode::quic
