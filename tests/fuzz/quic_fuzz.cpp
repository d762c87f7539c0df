// Datagrams from the network: what a server sees of them before it knows whose they are, and a
// client and a server between which they are lost, doubled, changed and made up.

#include <cstdint>
#include <cstdlib>
#include <deque>
#include <memory>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <vector>

#include <geode/error.hpp>
#include "net/certificate.hpp"
#include "quic/packets.hpp"
#include "temp_directory.hpp"

namespace {

namespace quic = geode::quic;
using Datagram = std::vector<std::uint8_t>;

struct Wire : quic::DatagramSink {
  bool send(const quic::Path&, quic::Bytes bytes, std::size_t segment) override {
    for (; !bytes.empty(); bytes = bytes.subspan(std::min(segment, bytes.size())))
      datagrams.emplace_back(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(
                                                                std::min(segment, bytes.size())));
    return true;
  }
  std::deque<Datagram> datagrams;
};

quic::Address address(std::uint16_t port) {
  quic::Address made;
  made.size = sizeof(sockaddr_in);
  auto* in = reinterpret_cast<sockaddr_in*>(made.get());
  in->sin_family = AF_INET;
  in->sin_port = htons(port);
  in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return made;
}

/// Both sides' credentials, and the secrets of the server; made once.
struct Setting {
  geode::test::TempDirectory folder;
  geode::server::CertificateFiles files =
      geode::server::development_certificate(folder.path().string());
  std::shared_ptr<const quic::Credentials> of_server =
      quic::Credentials::of_server(files.certificate, files.key, "", "", false);
  std::shared_ptr<const quic::Credentials> of_client =
      quic::Credentials::of_client("", "", "", true);
  quic::Secrets secrets = quic::make_secrets("key");
  quic::Address client = address(1000), server = address(3141);
};

void look_at(const Setting& with, quic::Bytes datagram) {
  if (const auto envelope = quic::open_envelope(datagram)) {
    if (!envelope->is_long) {
      const Datagram reset = quic::stateless_reset(*envelope, datagram.size(), with.secrets);
      if (!reset.empty() && reset.size() >= datagram.size()) std::abort();
    } else if (!envelope->version_is_known) {
      quic::version_negotiation(*envelope);
    }
  }
  if (const auto initial = quic::open_initial(datagram)) {
    quic::original_id(*initial, with.client, with.secrets);
    quic::refusal(*initial);
    quic::token_refusal(*initial);
    quic::retry(*initial, with.client, with.secrets);
  }
}

/// Bytes that say what happens next; zeroes at their end.
struct Script {
  std::uint8_t next() { return at < bytes.size() ? bytes[at++] : 0; }
  bool ended() const { return at >= bytes.size(); }
  quic::Bytes bytes;
  std::size_t at = 0;
};

void play(const Setting& with, Script script) {
  quic::ConnectionOptions options;
  options.credentials = with.of_client;
  options.streams = 4;
  const auto client = quic::Connection::connect(options, {with.client, with.server}, "localhost");
  options.credentials = with.of_server;
  std::unique_ptr<quic::Connection> server;
  Wire to_server, to_client;
  quic::Time time = quic::now();
  const auto give_server = [&](const Datagram& datagram) {
    const quic::Path path{with.server, with.client};
    if (server) {
      server->receive(path, datagram, time);
    } else if (const auto initial = quic::open_initial(datagram)) {
      try {
        server =
            quic::Connection::accept(options, path, *initial, std::nullopt, with.secrets.reset);
        server->receive(path, datagram, time);
      } catch (const geode::Error&) {
      }
    }
  };
  while (!script.ended()) {
    client->flush(to_server, time);
    if (server) server->flush(to_client, time);
    const std::uint8_t act = script.next();
    const bool is_to_server = (act & 0x80) == 0;
    Wire& wire = is_to_server ? to_server : to_client;
    Datagram datagram;
    if (!wire.datagrams.empty()) datagram = wire.datagrams.front();
    switch (act & 7) {
      case 0:
      case 1:
      case 2:
        if (!wire.datagrams.empty()) wire.datagrams.pop_front();
        break;
      case 3:  // once more later
        break;
      case 4:
        if (!wire.datagrams.empty()) wire.datagrams.pop_front();
        continue;  // lost
      case 5: {
        const std::size_t place = script.next();
        if (place < datagram.size()) datagram[place] = script.next();
        break;
      }
      case 6:
        datagram.resize(script.next());
        for (std::uint8_t& byte : datagram) byte = script.next();
        break;
      default: {
        quic::Connection& side = is_to_server || !server ? *client : *server;
        if (const auto stream = side.open_stream()) {
          side.write(*stream, "a statement");
          side.end(*stream);
        }
        time += quic::Time{script.next()} * 10'000'000;
        for (quic::Connection* each : {client.get(), server.get()})
          if (each && each->expiry() <= time) each->expire(time);
        continue;
      }
    }
    if (is_to_server) {
      give_server(datagram);
    } else {
      client->receive({with.client, with.server}, datagram, time);
    }
  }
  client->close("");
  if (server) server->close("");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Setting with;
  look_at(with, {data, size});
  play(with, {{data, size}});
  return 0;
}
