#include "backup/archive_reader.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <geode/error.hpp>
#include "backup/seal.hpp"
#include "backup/tar_header.hpp"
#include "storage/lmdb_error.hpp"

namespace geode::backup {

namespace {

constexpr std::size_t kBufferBytes = std::size_t{256} << 10;

std::string read_at(int file, std::uint64_t offset, std::size_t size, const std::string& path) {
  std::string out(size, '\0');
  std::size_t done = 0;
  while (done < size) {
    const ssize_t n =
        pread(file, out.data() + done, size - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) storage::throw_system(errno, "cannot read", path);
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  out.resize(done);
  return out;
}

std::string at_byte(std::uint64_t position) { return " (byte " + std::to_string(position) + ")"; }

/// Names in a hostile archive are anything.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 100)) out += c >= ' ' && c <= '~' ? c : '?';
  return out;
}

}  // namespace

void ArchiveReader::damaged(const std::string& what) const {
  throw Error(status::kCorrupt, "backup '" + path_ + "' is damaged: " + what)
      .hint("use another backup");
}

/// Errors of the layers below that tell of damage get the name of the file.
template <class Action>
void ArchiveReader::guarded(const Action& action) const {
  try {
    action();
  } catch (const Error& error) {
    if (error.gqlstatus() != status::kCorrupt || error.message().starts_with("backup '")) throw;
    damaged(error.message());
  }
}

ArchiveReader::ArchiveReader(const std::string& path) : path_(path) {
  // A pipe of this name must not make the process wait.
  file_ = storage::File(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file_.descriptor < 0) storage::throw_system(errno, "cannot open", path);
  struct stat info {};
  if (fstat(file_.descriptor, &info) != 0) storage::throw_system(errno, "cannot look at", path);
  if (!S_ISREG(info.st_mode)) {
    throw Error(status::kCorrupt, "backup '" + path + "' is not a regular file");
  }
  file_bytes_ = static_cast<std::uint64_t>(info.st_size);
  compression_ = compression_of_bytes(read_at(file_.descriptor, 0, 4, path));
  const std::size_t seal = seal_bytes(compression_);
  if (file_bytes_ <= seal) {
    throw Error(status::kCorrupt, "'" + path + "' is not a backup of Geode: it is too short");
  }
  body_bytes_ = file_bytes_ - seal;
  guarded([&] {
    stream_ = std::make_unique<Decompressor>(
        compression_, [this](std::span<char> out) { return read_file(out); });
    const std::string block = read_exactly(kTarBlock, "at its beginning");
    const auto entry = parse_tar_header(block);
    if (!entry || entry->name != kHeaderName || entry->size > kMostHeaderBytes) {
      throw Error(status::kCorrupt, "backup '" + path +
                                        "' is none of Geode, or damaged: it does not begin with " +
                                        std::string(kHeaderName));
    }
    const std::string text =
        read_exactly(static_cast<std::size_t>(entry->size), "in " + entry->name);
    Sha256 sum;
    sum.update(text);
    header_part_ = {entry->name, entry->size, to_hex(sum.digest())};
    header_ = read_header(text);
    header_.info.file = path;
    header_.info.bytes = file_bytes_;
    if (entry->time != header_.info.created_at) {
      damaged("the time of " + entry->name + " is not the one that stands in it");
    }
    expect(std::string(tar_padding(entry->size), '\0'), "the end of " + entry->name);
  });
}

std::size_t ArchiveReader::read_file(std::span<char> out) {
  const std::size_t size = std::min<std::uint64_t>(out.size(), body_bytes_ - bytes_read_);
  const std::string bytes = read_at(file_.descriptor, bytes_read_, size, path_);
  if (bytes.size() < size) damaged("it became shorter while it was read");
  std::memcpy(out.data(), bytes.data(), bytes.size());
  sum_.update(bytes);
  bytes_read_ += bytes.size();
  return bytes.size();
}

std::string ArchiveReader::read_exactly(std::size_t size, const std::string& where) {
  std::string out(size, '\0');
  const std::size_t n = stream_->read(out);
  position_ += n;
  if (n < size) damaged("it ends " + where + at_byte(position_));
  return out;
}

void ArchiveReader::expect(const std::string& bytes, const std::string& what) {
  const std::uint64_t from = position_;
  if (read_exactly(bytes.size(), "before " + what) != bytes) {
    damaged(what + " is not as it was written" + at_byte(from));
  }
}

void ArchiveReader::read_part_header(const std::string& name, std::uint64_t size) {
  const std::uint64_t from = position_;
  const std::string block = read_exactly(kTarBlock, "before " + name);
  if (block == make_tar_header({name, size, header_.info.created_at})) return;
  const std::string other(block, 0, std::min<std::size_t>(block.find('\0'), 100));
  damaged(other == name ? "the header of " + name + " is not as it was written" + at_byte(from)
                        : "`" + printable(other) + "` stands where " + name + " was expected" +
                              at_byte(from));
}

Part ArchiveReader::read_part(const std::string& name, std::uint64_t size, const PartSink& sink) {
  read_part_header(name, size);
  Part part{name, size, {}};
  std::string buffer(static_cast<std::size_t>(std::min<std::uint64_t>(size, kBufferBytes)), '\0');
  Sha256 sum;
  for (std::uint64_t left = size; left > 0;) {
    const std::size_t want = std::min<std::uint64_t>(left, buffer.size());
    const std::size_t n = stream_->read({buffer.data(), want});
    position_ += n;
    if (n < want) damaged("it ends in " + name + at_byte(position_));
    const std::span<const char> bytes(buffer.data(), n);
    sum.update(bytes);
    sink(part, bytes);
    left -= n;
  }
  part.sha256 = to_hex(sum.digest());
  expect(std::string(tar_padding(size), '\0'), "the end of " + name);
  return part;
}

void ArchiveReader::read_parts(const PartSink& sink) {
  guarded([&] {
    std::vector<Part> parts{header_part_};
    for (const Part& part : header_.parts) parts.push_back(read_part(part.name, part.size, sink));
    const std::string manifest = write_manifest(parts);
    const std::string name(kManifestName);
    read_part_header(name, manifest.size());
    expect(manifest, "the list of checksums, " + name + ", or one of the parts it lists,");
    expect(std::string(tar_padding(manifest.size()), '\0'), "the end of " + name);
    expect(std::string(2 * kTarBlock, '\0'), "the end");
    char more = 0;
    if (stream_->read({&more, 1}) != 0) damaged("something follows its end" + at_byte(position_));
    // What the decompressor did not ask for, as the stream ended before.
    if (bytes_read_ != body_bytes_) damaged("something follows its end" + at_byte(position_));
    const std::string seal = make_seal(compression_, sum_.digest());
    if (seal != read_at(file_.descriptor, body_bytes_, seal.size(), path_)) {
      damaged("its bytes are not those that were written: the checksum at its end is another one");
    }
    sum_.update(seal);
    bytes_read_ += seal.size();
  });
}

bool ArchiveReader::has_end() const {
  if (compression_ == Compression::kNone) {
    std::uint64_t bytes = 0;
    std::vector<Part> parts{header_part_};
    parts.insert(parts.end(), header_.parts.begin(), header_.parts.end());
    for (Part& part : parts) {
      bytes += kTarBlock + part.size + tar_padding(part.size);
      part.sha256.assign(2 * Sha256::kBytes, '0');
    }
    const std::uint64_t manifest = write_manifest(parts).size();
    return file_bytes_ == bytes + kTarBlock + manifest + tar_padding(manifest) + 2 * kTarBlock;
  }
  return has_seal_form(compression_,
                       read_at(file_.descriptor, body_bytes_, seal_bytes(compression_), path_));
}

}  // namespace geode::backup
