// Bytes of the network: frames and messages that are damaged are refused with an error, and values
// that are read are written back as the same message.

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

#include <geode/error.hpp>
#include "geode.pb.h"
#include "protocol/convert.hpp"
#include "protocol/framing.hpp"

namespace {

using geode::Value;

void check_value(const geode::wire::v1::Value& message) {
  Value value;
  try {
    value = geode::protocol::read_value(message);
  } catch (const geode::Error&) {
    return;
  }
  geode::wire::v1::Value first, second;
  geode::protocol::write_value(value, first);
  geode::protocol::write_value(geode::protocol::read_value(first), second);
  if (first.SerializeAsString() != second.SerializeAsString()) std::abort();
}

template <class Message>
void parse(std::string_view frame, Message& message) {
  try {
    geode::protocol::parse_frame(frame, message);
  } catch (const geode::Error&) {
    message.Clear();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  geode::protocol::FrameReader frames(1 << 16);
  // Cut anywhere: the first byte says where.
  const std::size_t step = 1 + (size > 0 ? data[0] % 64u : 0u);
  try {
    for (std::size_t at = std::min<std::size_t>(1, size); at < size; at += step) {
      frames.append(input.substr(at, step));
      while (const auto frame = frames.next()) {
        geode::wire::v1::ClientMessage message;
        parse(*frame, message);
        for (const auto& parameter : message.execute().parameters()) check_value(parameter.value());
        geode::wire::v1::ServerMessage answer;
        parse(*frame, answer);
        for (const auto& row : answer.page().rows())
          for (const auto& value : row.values()) check_value(value);
      }
    }
  } catch (const geode::Error& error) {
    if (error.gqlstatus() != geode::protocol::kProtocolViolation) std::abort();
  }
  return 0;
}
