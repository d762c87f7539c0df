#include "audit/audit_file.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <fmt/core.h>

#include <geode/error.hpp>
#include "audit/audit_event.hpp"

namespace geode::server {

namespace {

/// More than the longest line has; see audit_event.cpp.
constexpr std::uint64_t kEndBytes = 1 << 20;
/// Files put aside are looked for up to this number.
constexpr std::size_t kMostFiles = 10'000;

[[noreturn]] void fail(const std::string& path, const char* what, int number) {
  const bool full = number == ENOSPC || number == EDQUOT || number == EFBIG;
  throw Error(full ? status::kDiskFull : status::kIo,
              "the audit log " + path + " " + what + ": " + std::strerror(number))
      .hint(full ? "make room, or put files aside elsewhere"
                 : "see audit.file of the configuration");
}

std::string numbered(const std::string& path, std::size_t number) {
  return path + "." + std::to_string(number);
}

bool exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(std::filesystem::symlink_status(path, error));
}

/// Makes renames and new files of the folder durable.
void sync_folder(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const int file =
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0 || ::fsync(file) != 0) {
    const int number = errno;
    if (file >= 0) ::close(file);
    fail(path, "cannot be made durable", number);
  }
  ::close(file);
}

std::string read_at(const std::string& path, int file, std::uint64_t from, std::uint64_t bytes) {
  std::string text(bytes, '\0');
  std::size_t got = 0;
  while (got < text.size()) {
    const ssize_t n =
        ::pread(file, text.data() + got, text.size() - got, static_cast<off_t>(from + got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(path, "cannot be read", errno);
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  text.resize(got);
  return text;
}

/// The last whole line of `text`, without its end; "" when there is none.
std::string_view last_line(std::string_view text) {
  const std::size_t end = text.rfind('\n');
  if (end == std::string_view::npos) return {};
  text = text.substr(0, end);
  const std::size_t begin = text.rfind('\n');
  return begin == std::string_view::npos ? text : text.substr(begin + 1);
}

/// The last link of a file put aside.
AuditLink end_of(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return {};
  struct stat info {};
  std::string text;
  if (::fstat(file, &info) == 0) {
    const auto size = static_cast<std::uint64_t>(info.st_size);
    const std::uint64_t bytes = std::min(size, kEndBytes);
    text = read_at(path, file, size - bytes, bytes);
  }
  ::close(file);
  const auto parts = read_audit_line(last_line(text));
  return parts ? parts->link : AuditLink();
}

AuditLink end_of_files_aside(const std::string& path) {
  // A crash while files are renamed leaves one number free at most.
  for (std::size_t number = 1; number <= 2; ++number) {
    const AuditLink link = end_of(numbered(path, number));
    if (link.event_id > 0) return link;
  }
  return {};
}

}  // namespace

AuditFile::AuditFile(std::string path, const AuditLink& known) : path_(std::move(path)) {
  try {
    open();
    const std::optional<AuditLink> head = read_head(path_);
    const AuditLink expected = head && head->event_id > known.event_id ? *head : known;
    const std::uint64_t size = bytes_;
    read_end();
    const std::uint64_t torn = size - bytes_;
    if (bytes_ == 0) {
      const AuditLink aside = end_of_files_aside(path_);
      last_ = aside.event_id > expected.event_id ? aside : expected;
      begin_file("");
    } else if (known.event_id > 0 && known != last_ && last_.event_id >= known.event_id) {
      throw Error(status::kCorrupt, "the audit log " + path_ + " has events of another server")
          .hint("move the file away; the server makes one");
    } else if (last_.event_id < expected.event_id) {
      note(kLinesMissing, fmt::format(R"("last_event_id":{},"missing_until":{},"hash_then":"{}")",
                                      last_.event_id, expected.event_id, expected.hash));
    }
    if (torn > 0) note(kTornLine, fmt::format(R"("bytes_removed":{})", torn));
    sync();
    sync_folder(path_);
    write_head(last_);
  } catch (...) {
    close();
    throw;
  }
}

AuditFile::~AuditFile() { close(); }

void AuditFile::open() {
  file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file_ < 0) fail(path_, "cannot be opened", errno);
  struct stat info {};
  if (::fstat(file_, &info) != 0) fail(path_, "cannot be read", errno);
  if (!S_ISREG(info.st_mode)) {
    throw Error(status::kIo, "the audit log " + path_ + " is not a file")
        .hint("name a file with audit.file");
  }
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
    throw Error(status::kIo, "the audit log " + path_ + " is in use by another process")
        .hint("give each server a file of its own with audit.file");
  }
  if (::fchmod(file_, 0600) != 0) fail(path_, "cannot be made private (0600)", errno);
  bytes_ = static_cast<std::uint64_t>(info.st_size);
  const std::string head = head_path(path_);
  head_ = ::open(head.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (head_ < 0) fail(head, "cannot be opened", errno);
}

void AuditFile::close() {
  if (file_ >= 0) ::close(std::exchange(file_, -1));
  if (head_ >= 0) ::close(std::exchange(head_, -1));
}

/// Takes off what follows the last whole line.
void AuditFile::read_end() {
  const std::uint64_t bytes = std::min(bytes_, kEndBytes);
  const std::string text = read_at(path_, file_, bytes_ - bytes, bytes);
  const std::size_t end = text.rfind('\n');
  const std::uint64_t torn = end == std::string::npos ? bytes : bytes - end - 1;
  const std::string_view line = last_line(text);
  const auto parts = read_audit_line(line);
  if (!parts && torn < bytes_) {
    throw Error(status::kCorrupt, "the last line of the audit log " + path_ + " is not one of it")
        .hint("see `geode audit verify`, and move the file away; the server makes one");
  }
  if (parts) last_ = parts->link;
  if (torn == 0) return;
  bytes_ -= torn;
  if (::ftruncate(file_, static_cast<off_t>(bytes_)) != 0) fail(path_, "cannot be cut", errno);
}

void AuditFile::note(std::string_view operation, const std::string& details) {
  append(audit_note(last_.event_id + 1, std::chrono::system_clock::now(), operation, details));
}

void AuditFile::begin_file(const std::string& details) {
  note(kFileBegins, fmt::format(R"("previous_hash":"{}"{})", last_.hash, details));
}

void AuditFile::append(std::string_view body) {
  const std::string line = chained_line(body, last_);
  std::size_t written = 0;
  while (written < line.size()) {
    const ssize_t n = ::write(file_, line.data() + written, line.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const int number = errno;
      // What cannot be cut off is found at the next opening, as after a crash.
      if (::ftruncate(file_, static_cast<off_t>(bytes_)) != 0) fail(path_, "is damaged", number);
      fail(path_, "cannot be written", number);
    }
    written += static_cast<std::size_t>(n);
  }
  bytes_ += line.size();
  last_ = read_audit_line(std::string_view(line).substr(0, line.size() - 1)).value().link;
}

void AuditFile::sync() const {
  if (::fdatasync(file_) != 0) fail(path_, "cannot be made durable", errno);
}

void AuditFile::rotate(std::size_t keep) {
  std::size_t last = 0;
  while (last < kMostFiles && exists(numbered(path_, last + 1))) ++last;
  std::string deleted;
  for (; last > 0; --last) {
    const std::string from = numbered(path_, last);
    if (last >= keep) {
      const AuditLink end = end_of(from);
      if (::unlink(from.c_str()) != 0) fail(from, "cannot be deleted", errno);
      // The newest of those deleted tells up to where events are gone.
      deleted = fmt::format(R"(,"deleted_until":{})", end.event_id);
    } else if (::rename(from.c_str(), numbered(path_, last + 1).c_str()) != 0) {
      fail(from, "cannot be renamed", errno);
    }
  }
  if (::rename(path_.c_str(), numbered(path_, 1).c_str()) != 0)
    fail(path_, "cannot be renamed", errno);
  close();
  open();
  begin_file(deleted);
  sync();
  sync_folder(path_);
}

void AuditFile::write_head(const AuditLink& link) {
  // Of constant length, so that a shorter one leaves nothing of a longer one behind.
  const std::string text = fmt::format("{:<20} {}\n", link.event_id, link.hash);
  if (::pwrite(head_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    fail(head_path(path_), "cannot be written", errno == 0 ? EIO : errno);
}

}  // namespace geode::server
