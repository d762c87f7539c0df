// Records of the change log and files of them: damaged bytes are refused, and operations that do
// not fit the database, under checksums that are right, end in an error.

#include <memory>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

#include <geode/error.hpp>
#include "base/bytes.hpp"
#include "base/crc32c.hpp"
#include "fuzz_input.hpp"
#include "graph/graph_transaction.hpp"
#include "graph/log/apply_log.hpp"
#include "graph/log/segment.hpp"
#include "storage/environment.hpp"

namespace {

using geode::graph::LogPartHeader;
using geode::test::require;

constexpr std::uint64_t kMemory = std::uint64_t{1} << 20;

const std::shared_ptr<geode::storage::Environment>& environment() {
  static const auto opened = geode::storage::Environment::open(":memory:", {});
  return opened;
}

void read_parts(geode::storage::ByteView bytes) {
  while (!bytes.empty()) {
    const auto before = bytes;
    const geode::graph::LogPart part = geode::graph::take_log_part(bytes);
    const std::string again =
        geode::graph::encode_log_part(part.header, geode::storage::as_text(part.operations));
    require(again == geode::storage::as_text(before.first(before.size() - bytes.size())));
  }
}

/// As parts of the record of one commit, which are applied and rolled back.
void apply(geode::test::FuzzInput& input) {
  const auto txn = geode::graph::GraphTransaction::begin_write(environment());
  geode::graph::LogApplier applier(*txn, "/tmp", kMemory);
  LogPartHeader header;
  header.lsn = 1;
  header.operations = input.byte();
  header.flags = LogPartHeader::kLast | (input.byte() % 2 == 0 ? 0 : LogPartHeader::kLoads);
  const std::string part =
      geode::graph::encode_log_part(header, geode::storage::as_text(input.rest()));
  applier.apply(geode::graph::decode_log_part(geode::storage::as_bytes(part)), 1);
}

/// Makes the checksums of the header and of the end right, so that what they cover is read.
std::string with_checksums(geode::storage::ByteView bytes) {
  constexpr std::size_t kFixed = 80, kTrailer = 20;
  std::string out(geode::storage::as_text(bytes));
  if (out.size() < kFixed + 4 + kTrailer) return out;
  const std::size_t header = kFixed + geode::base::load_le<std::uint32_t>(out.data() + 12);
  const std::size_t end = out.size() - 4;
  if (header + 4 > end) return out;
  const auto sum = [&](std::size_t size) {
    return geode::base::crc32c(geode::storage::as_bytes(out).first(size));
  };
  geode::base::store_le(out.data() + header, sum(header));
  for (std::size_t at = header + 4; at + LogPartHeader::kBytes <= end - kTrailer + 4;) {
    const auto size = geode::base::load_le<std::uint32_t>(out.data() + at);
    if (size < LogPartHeader::kBytes || size > end - at) break;
    geode::base::store_le(
        out.data() + at + 4,
        geode::base::crc32c(geode::storage::as_bytes(out).subspan(at + 8, size - 8)));
    at += size;
  }
  geode::base::store_le(out.data() + end, sum(end));
  return out;
}

void read_segment(std::string_view bytes) {
  geode::storage::File file(memfd_create("segment", MFD_CLOEXEC));
  require(write(file.descriptor, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  const geode::graph::Segment segment(std::move(file), "segment");
  require(segment.records().size() == segment.header().last_lsn - segment.header().first_lsn + 1);
  for (const auto& record : segment.records()) {
    segment.each_part(record.lsn, [&](const geode::graph::LogPart& part) {
      require(part.header.lsn == record.lsn);
    });
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  geode::test::FuzzInput input(data, size);
  try {
    switch (input.below(4)) {
      case 0:
        read_parts(input.rest());
        break;
      case 1:
        apply(input);
        break;
      case 2:
        read_segment(geode::storage::as_text(input.rest()));
        break;
      default:
        read_segment(with_checksums(input.rest()));
        break;
    }
  } catch (const geode::Error&) {
    // Damaged, or nothing that can be done to this database: said so.
  }
  return 0;
}
