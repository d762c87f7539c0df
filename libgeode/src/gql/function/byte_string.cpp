#include "gql/function/byte_string.hpp"

#include <algorithm>
#include <string>

namespace geode::gql {

namespace {

Value make_bytes(std::string_view bytes) { return Bytes{std::string(bytes)}; }

std::size_t at_most(std::int64_t count, std::string_view bytes) {
  return static_cast<std::size_t>(std::min(count, static_cast<std::int64_t>(bytes.size())));
}

}  // namespace

Value trim_bytes(const Call& call, bool leading, bool trailing) {
  std::string_view bytes = call[0].as_bytes();
  std::string_view unwanted("\0", 1);
  if (call.size() > 1) {
    if (call[1].type() != ValueType::kBytes) call.refuse(1, "a byte string");
    unwanted = call[1].as_bytes();
  }
  if (leading) bytes.remove_prefix(std::min(bytes.find_first_not_of(unwanted), bytes.size()));
  // Nothing found is the largest number, and 0 one behind it.
  if (trailing) bytes = bytes.substr(0, bytes.find_last_not_of(unwanted) + 1);
  return make_bytes(bytes);
}

Value left_bytes(const Call& call, std::int64_t count) {
  const std::string_view bytes = call[0].as_bytes();
  return make_bytes(bytes.substr(0, at_most(count, bytes)));
}

Value right_bytes(const Call& call, std::int64_t count) {
  const std::string_view bytes = call[0].as_bytes();
  return make_bytes(bytes.substr(bytes.size() - at_most(count, bytes)));
}

}  // namespace geode::gql
