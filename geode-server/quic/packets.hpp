#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "quic/address.hpp"
#include "quic/connection.hpp"

namespace geode::quic {

/// Length of the names that this side gives to connections: what fits into a std::string itself.
constexpr std::size_t kIdLength = 14;

/// The first packet of a client.
struct Initial {
  std::uint32_t version = 0;
  ConnectionId to, from;  ///< to which connection, and what the client calls itself
  std::string token;      ///< of a Retry; else empty
};

/// What a server sees of a datagram before it knows whose it is.
struct Envelope {
  ConnectionId to, from;
  bool is_long = false;  ///< of the handshake; else `to` is all it says
  bool version_is_known = true;
};

/// Nothing where the bytes are no packet.
std::optional<Envelope> open_envelope(Bytes datagram);
std::optional<Initial> open_initial(Bytes datagram);

/// Secrets of a server. `reset` stays the same over restarts, so that clients of the process before
/// learn at once that their connection is gone.
struct Secrets {
  std::string reset, retry;
};
/// `key`: the text of the server's private key, which `reset` is made of.
Secrets make_secrets(const std::string& key);

std::vector<std::uint8_t> version_negotiation(const Envelope& envelope);
/// Asks the client to come again with proof that it gets what is sent to its address.
std::vector<std::uint8_t> retry(const Initial& initial, const Address& client,
                                const Secrets& secrets);
/// The name the client gave to the server before the Retry; nothing where the token is not good.
std::optional<ConnectionId> original_id(const Initial& initial, const Address& client,
                                        const Secrets& secrets);
/// CONNECTION_REFUSED.
std::vector<std::uint8_t> refusal(const Initial& initial);
/// INVALID_TOKEN.
std::vector<std::uint8_t> token_refusal(const Initial& initial);
/// "There is no such connection", less long than what it answers. Empty where that is too short.
std::vector<std::uint8_t> stateless_reset(const Envelope& envelope, std::size_t datagram_size,
                                          const Secrets& secrets);

ConnectionId random_id(std::size_t length = kIdLength);

}  // namespace geode::quic
