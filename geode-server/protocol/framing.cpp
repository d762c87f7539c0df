#include "protocol/framing.hpp"

#include <limits>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/message_lite.h>
#include <google/protobuf/stubs/logging.h>

#include "protocol/convert.hpp"

namespace geode::protocol {

namespace {

/// Protobuf prints what it refuses, which anybody could have it do for ever; the caller gets an
/// error.
using Silence = google::protobuf::LogSilencer;

constexpr std::size_t kLengthBytes = 4;
/// Buffers up to this are kept for the next frame.
constexpr std::size_t kKeptBytes = 4096;

std::size_t length_at(const char* bytes) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i)
    length = length << 8 | static_cast<unsigned char>(bytes[i]);
  return length;
}

}  // namespace

void FrameReader::append(std::string_view bytes) {
  // What was taken makes room first, so that a long run of frames is not kept.
  if (begin_ > 0) {
    buffer_.erase(0, begin_);
    begin_ = 0;
  }
  buffer_.append(bytes);
}

std::optional<std::string_view> FrameReader::next() {
  if (pending() == 0) {
    begin_ = 0;
    if (buffer_.capacity() > kKeptBytes) {
      std::string().swap(buffer_);
    } else {
      buffer_.clear();
    }
    return std::nullopt;
  }
  if (pending() < kLengthBytes) return std::nullopt;
  const std::size_t length = length_at(buffer_.data() + begin_);
  if (length > max_) {
    throw Error(kProtocolViolation, "a message says that it has " + std::to_string(length) +
                                        " bytes; at most " + std::to_string(max_) + " are taken")
        .hint("messages begin with their length in four bytes, big-endian");
  }
  if (pending() - kLengthBytes < length) return std::nullopt;
  const std::string_view frame(buffer_.data() + begin_ + kLengthBytes, length);
  begin_ += kLengthBytes + length;
  return frame;
}

std::string make_frame(const google::protobuf::MessageLite& message, std::size_t max_frame_bytes) {
  const std::size_t length = message.ByteSizeLong();
  if (length > max_frame_bytes || length > std::numeric_limits<std::int32_t>::max()) {
    throw Error(status::kLimitExceeded, "a message of " + std::to_string(length) +
                                            " bytes is too long; at most " +
                                            std::to_string(max_frame_bytes) + " can be sent")
        .hint("split the value, or ask for fewer columns");
  }
  const Silence silence;
  std::string frame(kLengthBytes + length, '\0');
  for (std::size_t i = 0; i < kLengthBytes; ++i)
    frame[i] = static_cast<char>(length >> (8 * (kLengthBytes - 1 - i)) & 0xff);
  message.SerializeWithCachedSizesToArray(
      reinterpret_cast<std::uint8_t*>(frame.data() + kLengthBytes));
  return frame;
}

void parse_frame(std::string_view frame, google::protobuf::MessageLite& message) {
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(frame.data()),
                                            static_cast<int>(frame.size()));
  const Silence silence;
  in.SetRecursionLimit(kMessageDepth);
  if (!message.ParseFromCodedStream(&in) || !in.ConsumedEntireMessage()) {
    throw Error(kProtocolViolation, "a message of " + std::to_string(frame.size()) +
                                        " bytes is no message of protocol " +
                                        std::string(kApplicationProtocol));
  }
}

}  // namespace geode::protocol
