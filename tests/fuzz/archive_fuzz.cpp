// Archives of backups: what is damaged is refused, and a header that is read is written back as
// one that says the same.

#include <cstring>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

#include <geode/error.hpp>
#include "backup/archive_reader.hpp"
#include "backup/manifest.hpp"
#include "backup/tar_header.hpp"
#include "fuzz_input.hpp"
#include "storage/open_file.hpp"

namespace {

namespace backup = geode::backup;
using geode::test::require;

void read_json(std::string_view json) {
  const backup::Header header = backup::read_header(json);
  for (const backup::Part& part : header.parts) require(backup::is_part_name(part.name));
  const std::string written = backup::write_header(header);
  require(backup::write_header(backup::read_header(written)) == written);
}

void read_tar_header(std::string_view bytes) {
  std::string block(bytes.substr(0, backup::kTarBlock));
  block.resize(backup::kTarBlock);
  if (const auto entry = backup::parse_tar_header(block)) {
    require(backup::make_tar_header(*entry) == block);
  }
}

void read_archive(std::string_view bytes) {
  const geode::storage::File file(memfd_create("archive", MFD_CLOEXEC));
  require(write(file.descriptor, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  backup::ArchiveReader reader("/proc/self/fd/" + std::to_string(file.descriptor));
  std::uint64_t announced = 0, got = 0;
  for (const backup::Part& part : reader.header().parts) announced += part.size;
  reader.read_parts([&](const backup::Part&, std::span<const char> part) {
    got += part.size();
    require(got <= announced);
  });
  require(got == announced);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  geode::test::FuzzInput input(data, size);
  const std::uint32_t kind = input.below(3);
  const auto rest = input.rest();
  const std::string_view bytes(reinterpret_cast<const char*>(rest.data()), rest.size());
  try {
    if (kind == 0) read_json(bytes);
    if (kind == 1) read_tar_header(bytes);
    if (kind == 2) read_archive(bytes);
  } catch (const geode::Error&) {
    // Damaged: said so.
  }
  return 0;
}
