#include "gql/exec/spill/spill_space.hpp"

#include <algorithm>

#include <geode/error.hpp>

namespace geode::gql::exec {

namespace {

constexpr std::uint64_t kMostHeldBytes = std::uint64_t{1} << 40;

}  // namespace

void SpillSpace::begin(const Settings& settings) {
  settings_ = &settings;
  written_bytes_ = 0;
  const std::uint64_t limit = std::min(memory_.limit_bytes(), kMostHeldBytes);
  // A statement has few operators that hold rows; what they make of them needs room, too.
  threshold_bytes_ = settings.threshold_bytes > 0 ? settings.threshold_bytes : limit / 4;
  least_bytes_ = limit / 32;
  short_bytes_ = limit / 2;
  read_bytes_ = limit / 8;
}

SpillFile::SpillFile(SpillSpace& space) : space_(space), file_(space.settings_->directory) {}

SpillFile::~SpillFile() { space_.used_bytes_ -= file_.size(); }

void SpillFile::append(const std::string& bytes) {
  if (bytes.size() > space_.settings_->limit_bytes ||
      space_.used_bytes_ > space_.settings_->limit_bytes - bytes.size()) {
    throw Error(status::kDiskFull, "the statement needs more than the " +
                                       base::size_text(space_.settings_->limit_bytes) +
                                       " of temporary space that it may use")
        .hint("raise the limit of temporary space, or make the query keep fewer rows");
  }
  const std::uint64_t before = file_.size();
  try {
    file_.append(bytes.data(), bytes.size());
  } catch (...) {
    space_.used_bytes_ += file_.size() - before;
    throw;
  }
  space_.used_bytes_ += bytes.size();
  space_.written_bytes_ += bytes.size();
}

void SpillFile::read(std::uint64_t offset, std::size_t count, std::string& out) const {
  out.resize(count);
  if (file_.read(offset, out.data(), count) != count)
    throw Error(status::kIo, "temporary file: cut off");
}

}  // namespace geode::gql::exec
