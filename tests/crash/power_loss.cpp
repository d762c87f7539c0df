#include "power_loss.hpp"

#include <algorithm>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <random>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace geode::test {
namespace {

constexpr std::size_t kPage = 4096;
/// What a disk writes whole.
constexpr std::size_t kSector = 512;

std::string own_name(int file) { return "/proc/self/fd/" + std::to_string(file); }

bool exists(const std::string& name) {
  struct stat info {};
  return lstat(name.c_str(), &info) == 0;
}

// The program defines rename, unlink and their like, to count them; these are none of its calls.
void move_name(const std::string& from, const std::string& to) {
  syscall(SYS_rename, from.c_str(), to.c_str());
}

}  // namespace

Unflushed::File& Unflushed::file_of(int file) {
  struct stat info {};
  fstat(file, &info);
  for (File& known : files_) {
    if (known.device == info.st_dev && known.number == info.st_ino) return known;
  }
  File& out = files_.emplace_back();
  out.device = info.st_dev;
  out.number = info.st_ino;
  out.length = info.st_size;
  out.descriptor =
      static_cast<int>(syscall(SYS_openat, AT_FDCWD, own_name(file).c_str(), O_RDWR | O_CLOEXEC));
  return out;
}

void Unflushed::write(int file, off_t place, std::size_t size) {
  if ((fcntl(file, F_GETFL) & O_DSYNC) != 0) return;
  File& written = file_of(file);
  for (std::size_t done = 0; done < size; done += kPage) {
    Page page{place + static_cast<off_t>(done), std::vector<char>(std::min(kPage, size - done))};
    // Behind the end of the file there were zeros.
    [[maybe_unused]] const ssize_t got =
        pread(written.descriptor, page.before.data(), page.before.size(), page.place);
    written.pages.push_back(std::move(page));
  }
}

std::string Unflushed::keep(const std::string& name) {
  std::string link = keep_ + "/" + std::to_string(++links_);
  const long code = syscall(SYS_linkat, AT_FDCWD, name.c_str(), AT_FDCWD, link.c_str(), 0);
  return code == 0 ? link : std::string();
}

void Unflushed::make(const std::string& name, bool folder) {
  if (!exists(name)) names_.push_back({Name::Change::kMade, folder, name, {}, {}});
}

void Unflushed::remove(const std::string& name, bool folder) {
  if (!exists(name)) return;
  names_.push_back({Name::Change::kRemoved, folder, name, {}, folder ? std::string() : keep(name)});
}

void Unflushed::move(const std::string& from, const std::string& to) {
  if (exists(from)) names_.push_back({Name::Change::kMoved, false, to, from, keep(to)});
}

void Unflushed::flushed(int file) {
  struct stat info {};
  fstat(file, &info);
  if (!S_ISDIR(info.st_mode)) {
    std::erase_if(files_, [&](const File& known) {
      if (known.device != info.st_dev || known.number != info.st_ino) return false;
      close(known.descriptor);
      return true;
    });
    return;
  }
  const std::filesystem::path folder = std::filesystem::read_symlink(own_name(file));
  std::erase_if(names_, [&](const Name& name) {
    if (std::filesystem::path(name.name).parent_path() != folder) return false;
    if (!name.kept.empty()) syscall(SYS_unlink, name.kept.c_str());
    return true;
  });
}

void Unflushed::take_back(const Name& name) const {
  switch (name.change) {
    case Name::Change::kMade:
      syscall(name.folder ? SYS_rmdir : SYS_unlink, name.name.c_str());
      break;
    case Name::Change::kRemoved:
      if (name.folder) {
        syscall(SYS_mkdir, name.name.c_str(), 0700);
      } else if (!exists(name.name)) {
        move_name(name.kept, name.name);
      }
      break;
    case Name::Change::kMoved:
      // What came to have the old name meanwhile keeps it.
      if (!exists(name.from)) move_name(name.name, name.from);
      if (!name.kept.empty()) move_name(name.kept, name.name);
      break;
  }
}

void Unflushed::lose_pages(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  // All, none, or each page or sector by a coin. The newest first, so that a page written twice
  // goes back to what it was.
  const std::uint64_t choice = random() % 8;
  const bool shorter = choice == 0 || (choice != 1 && random() % 2 == 0);
  for (const File& file : files_) {
    off_t end = file.length;
    for (auto page = file.pages.rbegin(); page != file.pages.rend(); ++page) {
      const std::size_t size = page->before.size(), unit = choice < 5 ? size : kSector;
      for (std::size_t done = 0; done < size; done += unit) {
        const off_t place = page->place + static_cast<off_t>(done);
        const std::size_t bytes = std::min(unit, size - done);
        if (choice != 0 && (choice == 1 || random() % 2 == 0)) {
          end = std::max(end, place + static_cast<off_t>(bytes));
        } else {
          syscall(SYS_pwrite64, file.descriptor, page->before.data() + done, bytes, place);
        }
      }
    }
    struct stat info {};
    if (shorter && fstat(file.descriptor, &info) == 0 && info.st_size > end) {
      syscall(SYS_ftruncate, file.descriptor, end);
    }
  }
}

void Unflushed::lose(std::uint64_t seed) {
  lose_pages(seed);
  std::mt19937_64 random(~seed);
  enum : std::uint64_t { kAll, kNone, kLast };
  const std::uint64_t choice = random() % 5;
  const std::size_t last = random() % (names_.size() + 1);
  for (std::size_t i = names_.size(); i-- > 0;) {
    const bool lost =
        choice == kAll || (choice == kLast && i >= last) || (choice > kLast && random() % 2 == 0);
    if (lost) take_back(names_[i]);
  }
}

}  // namespace geode::test
