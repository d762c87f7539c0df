#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

namespace geode::test {

/// What a process has written and not flushed, so that some of it can be taken back as a loss of
/// power does.
///
/// The model is what POSIX promises, which is less than ext4 gives:
/// - A write is on disk when its file was flushed, or when it went through an O_DSYNC descriptor.
///   Before that each page of it, or each sector, may or may not be there, in any order.
/// - A file that grew may have the length it had when it was flushed last, as with delayed
///   allocation.
/// - A name that was made, moved or taken away is so on disk when its folder was flushed; flushing
///   the file alone is not enough, though ext4 would write its journal then. Before that the names
///   may be as they were: all, those of the last calls (what a journal in order loses), or any.
///
/// What a name stood for is kept by a hard link in a folder of the caller's. Not thread-safe.
class Unflushed {
 public:
  /// Of files in the same file system as `keep`, an existing folder.
  explicit Unflushed(std::string keep) : keep_(std::move(keep)) {}
  Unflushed(const Unflushed&) = delete;
  Unflushed& operator=(const Unflushed&) = delete;

  /// Each of these comes before the call it tells of.
  void write(int file, off_t place, std::size_t size);
  void resize(int file) { (void)file_of(file); }
  void make(const std::string& name, bool folder = false);
  void remove(const std::string& name, bool folder = false);
  void move(const std::string& from, const std::string& to);

  /// After the flush of a file or folder.
  void flushed(int file);

  /// Takes back what `seed` says.
  void lose(std::uint64_t seed);

 private:
  /// A page as it was before it was written.
  struct Page {
    off_t place = 0;
    std::vector<char> before;
  };
  struct File {
    dev_t device = 0;
    ino_t number = 0;
    /// A descriptor of its own, as the writer's may be closed.
    int descriptor = -1;
    off_t length = 0;
    std::vector<Page> pages;
  };
  struct Name {
    enum class Change : std::uint8_t { kMade, kRemoved, kMoved } change;
    bool folder;
    std::string name;
    std::string from;  ///< kMoved
    std::string kept;  ///< the link to what the name stood for before; "": nothing
  };

  File& file_of(int file);
  std::string keep(const std::string& name);
  void take_back(const Name& name) const;
  void lose_pages(std::uint64_t seed);

  std::string keep_;
  std::uint64_t links_ = 0;
  std::vector<File> files_;
  std::vector<Name> names_;
};

}  // namespace geode::test
