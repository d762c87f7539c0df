#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <geode/error.hpp>

namespace google::protobuf {
class MessageLite;
}

namespace geode::protocol {

/// The application protocol that both sides name in the TLS handshake (ALPN).
inline constexpr std::string_view kApplicationProtocol = "geode/1";

/// GQLSTATUS codes of connections, beside those of geode/error.hpp.
inline constexpr std::string_view kRefused = "08X04";
inline constexpr std::string_view kProtocolViolation = "08X05";

/// What a frame may have, unless a side says otherwise.
inline constexpr std::size_t kDefaultMaxFrame = std::size_t{64} << 20;

/// Cuts a stream of bytes into frames: a length of four bytes, big-endian, and as many bytes.
///
/// Memory grows with the bytes that came, not with the length that a frame claims, and is given
/// back when all frames have been taken.
class FrameReader {
 public:
  explicit FrameReader(std::size_t max_frame_bytes = kDefaultMaxFrame) : max_(max_frame_bytes) {}

  void append(std::string_view bytes);
  /// The next whole frame without its length, or absent until more bytes come. Lives until the next
  /// append() or next(). Throws Error 08X05 when the frame is longer than allowed; nothing after
  /// that can be read.
  std::optional<std::string_view> next();
  /// Bytes that came and are part of no frame yet.
  std::size_t pending() const { return buffer_.size() - begin_; }
  std::size_t capacity() const { return buffer_.capacity(); }

 private:
  std::size_t max_;
  std::string buffer_;
  std::size_t begin_ = 0;  // of the first frame that was not taken
};

/// The message as a frame. Throws Error 54X01 when it is longer than `max_frame_bytes`.
std::string make_frame(const google::protobuf::MessageLite& message, std::size_t max_frame_bytes);
/// Throws Error 08X05 when `frame` is no such message.
void parse_frame(std::string_view frame, google::protobuf::MessageLite& message);

}  // namespace geode::protocol
