#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>

#include "client/connect_options.hpp"

namespace geode::client {

/// A QUIC connection with one stream, which carries one conversation. A thread of it answers the
/// server also while nobody reads or writes. One thread reads while others write; errors are as
/// those of Transport.
class QuicStream {
 public:
  using Clock = std::chrono::steady_clock;

  /// Connected, and the server known, when it returns.
  QuicStream(const ConnectOptions& options, Clock::time_point deadline);
  ~QuicStream();

  void write(std::string_view bytes);
  std::size_t read(char* bytes, std::size_t size, Clock::time_point deadline);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace geode::client
