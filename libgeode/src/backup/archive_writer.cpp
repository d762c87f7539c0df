#include "backup/archive_writer.hpp"

#include <algorithm>
#include <utility>

#include "backup/seal.hpp"
#include "backup/tar_header.hpp"
#include "base/assert.hpp"

namespace geode::backup {

ArchiveWriter::ArchiveWriter(Compression compression, const Header& header, Sink sink)
    : sink_(std::move(sink)),
      compression_(compression),
      header_(header),
      compressor_(compression, [this](std::span<const char> bytes) { put(bytes); }) {
  write_whole(std::string(kHeaderName), write_header(header));
}

void ArchiveWriter::put(std::span<const char> bytes) {
  sink_(bytes);
  sum_.update(bytes);
  bytes_ += bytes.size();
}

void ArchiveWriter::begin(const std::string& name, std::uint64_t size) {
  compressor_.write(make_tar_header({name, size, header_.info.created_at}));
  written_.push_back({name, size, {}});
  part_sum_ = Sha256();
  left_ = size;
}

void ArchiveWriter::end() {
  const std::string padding(tar_padding(written_.back().size), '\0');
  compressor_.write(padding);
  written_.back().sha256 = to_hex(part_sum_.digest());
}

void ArchiveWriter::write_whole(const std::string& name, const std::string& text) {
  begin(name, text.size());
  part_sum_.update(text);
  compressor_.write(text);
  left_ = 0;
  end();
}

void ArchiveWriter::write(std::span<const char> bytes) {
  while (!bytes.empty()) {
    if (left_ == 0) {
      GEODE_CHECK(next_ < header_.parts.size(), "a backup became longer than it was to be");
      const Part& part = header_.parts[next_++];
      begin(part.name, part.size);
    }
    const auto now = bytes.first(std::min<std::uint64_t>(bytes.size(), left_));
    part_sum_.update(now);
    compressor_.write(now);
    left_ -= now.size();
    bytes = bytes.subspan(now.size());
    if (left_ == 0) end();
  }
}

void ArchiveWriter::finish() {
  GEODE_CHECK(left_ == 0 && next_ == header_.parts.size(),
              "a backup became shorter than it was to be");
  const std::vector<Part> parts = written_;
  write_whole(std::string(kManifestName), write_manifest(parts));
  const std::string zeros(2 * kTarBlock, '\0');
  compressor_.write(zeros);
  compressor_.finish();
  const std::string seal = make_seal(compression_, sum_.digest());
  if (!seal.empty()) put(seal);
}

}  // namespace geode::backup
