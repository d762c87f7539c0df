#include "protocol/framing.hpp"

#include <random>
#include <string>

#include <catch2/catch.hpp>

#include "geode.pb.h"

namespace geode {
namespace {

using protocol::FrameReader;

std::string ping_frame(std::uint64_t request) {
  wire::v1::ClientMessage message;
  message.set_request_id(request);
  message.mutable_ping();
  return protocol::make_frame(message, protocol::kDefaultMaxFrame);
}

TEST_CASE("frames are found however the bytes are cut") {
  std::string stream;
  for (std::uint64_t i = 1; i <= 100; ++i) stream += ping_frame(i * 1000);
  std::mt19937_64 random(7);
  for (int round = 0; round < 20; ++round) {
    FrameReader reader;
    std::uint64_t expected = 0;
    for (std::size_t at = 0; at < stream.size();) {
      const std::size_t n = 1 + random() % 40;
      reader.append(std::string_view(stream).substr(at, n));
      at += n;
      while (auto frame = reader.next()) {
        wire::v1::ClientMessage message;
        protocol::parse_frame(*frame, message);
        CHECK(message.request_id() == ++expected * 1000);
      }
    }
    CHECK(expected == 100);
    CHECK(reader.pending() == 0);
  }
}

TEST_CASE("a length that is too large is refused before memory is taken for it") {
  FrameReader reader(1000);
  reader.append(std::string_view("\0\0\x03\xe9", 4));
  CHECK_THROWS_AS(reader.next(), Error);

  FrameReader huge(std::size_t{1} << 40);
  huge.append(std::string_view("\xff\xff\xff\xff", 4));
  huge.append("x");
  CHECK_FALSE(huge.next());
  CHECK(huge.capacity() < 1000);
}

TEST_CASE("a long frame's memory is given back once it was taken") {
  FrameReader reader;
  wire::v1::ClientMessage message;
  message.mutable_execute()->set_query(std::string(1 << 20, 'x'));
  reader.append(protocol::make_frame(message, protocol::kDefaultMaxFrame));
  CHECK(reader.next());
  CHECK_FALSE(reader.next());
  CHECK(reader.capacity() <= 4096);
}

TEST_CASE("a message that is too long is not made, and what is none is refused") {
  wire::v1::ClientMessage message;
  message.mutable_execute()->set_query(std::string(100, 'x'));
  CHECK_THROWS_AS(protocol::make_frame(message, 99), Error);
  wire::v1::ClientMessage received;
  CHECK_THROWS_AS(protocol::parse_frame("\xff\xff\xff", received), Error);
  // Texts are UTF-8; this is Execute with another query.
  CHECK_THROWS_AS(protocol::parse_frame("\x1a\x03\x0a\x01\xff", received), Error);
}

}  // namespace
}  // namespace geode
