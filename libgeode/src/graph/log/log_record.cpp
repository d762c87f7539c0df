#include "graph/log/log_record.hpp"

#include <geode/error.hpp>
#include "base/bytes.hpp"
#include "base/crc32c.hpp"

namespace geode::graph {
namespace {

[[noreturn]] void damaged(const char* what) {
  throw Error(status::kCorrupt, std::string("a record of the change log is damaged: ") + what);
}

}  // namespace

std::string encode_log_part(const LogPartHeader& header, std::string_view operations) {
  const std::size_t size = LogPartHeader::kBytes + operations.size();
  if (size > UINT32_MAX) {
    throw Error(status::kLimitExceeded, "a change is too large for the change log");
  }
  std::string out;
  out.reserve(size);
  base::append_le(out, static_cast<std::uint32_t>(size));
  base::append_le(out, std::uint32_t{0});
  base::append_le(out, header.lsn);
  base::append_le(out, header.term);
  base::append_le(out, header.commit_time);
  base::append_le(out, header.origin);
  base::append_le(out, header.flags);
  base::append_le(out, header.part);
  base::append_le(out, header.operations);
  out += operations;
  base::store_le(out.data() + 4, base::crc32c(storage::as_bytes(out).subspan(8)));
  return out;
}

LogPart take_log_part(storage::ByteView& bytes) {
  if (bytes.size() < LogPartHeader::kBytes) damaged("it is cut off");
  const auto size = base::load_le<std::uint32_t>(bytes.data());
  if (size < LogPartHeader::kBytes || size > bytes.size()) damaged("it is cut off");
  const storage::ByteView part = bytes.first(size);
  if (base::load_le<std::uint32_t>(part.data() + 4) != base::crc32c(part.subspan(8))) {
    damaged("wrong checksum");
  }
  LogPart out;
  out.header.lsn = base::load_le<std::uint64_t>(part.data() + 8);
  out.header.term = base::load_le<std::uint64_t>(part.data() + 16);
  out.header.commit_time = base::load_le<std::int64_t>(part.data() + 24);
  out.header.origin = base::load_le<std::uint32_t>(part.data() + 32);
  out.header.flags = base::load_le<std::uint32_t>(part.data() + 36);
  out.header.part = base::load_le<std::uint32_t>(part.data() + 40);
  out.header.operations = base::load_le<std::uint32_t>(part.data() + 44);
  out.operations = part.subspan(LogPartHeader::kBytes);
  bytes = bytes.subspan(size);
  return out;
}

LogPart decode_log_part(storage::ByteView bytes) {
  const LogPart out = take_log_part(bytes);
  if (!bytes.empty()) damaged("something stands behind it");
  return out;
}

}  // namespace geode::graph
