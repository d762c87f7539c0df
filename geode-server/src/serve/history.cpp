#include "serve/history.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <string_view>
#include <unistd.h>

#include <boost/crc.hpp>

#include <geode/error.hpp>

namespace geode::server {

namespace {

constexpr std::int64_t kMinute = 60, kHour = 3600, kDay = 24 * kHour, kKept = 400 * kDay;
constexpr std::uint64_t kMinutes = kDay / kMinute, kHours = kKept / kHour;
constexpr std::uint64_t kMinutesOfHour = kHour / kMinute;
constexpr std::size_t kSlotBytes = 9 * 8 + 4 + 4 * Sample::kDurations + 4;
constexpr std::size_t kHeaderBytes = 16;

std::int64_t begin_of(std::int64_t time, std::int64_t span) {
  return time - ((time % span) + span) % span;
}

std::uint64_t minute_place(std::int64_t time) {
  return static_cast<std::uint64_t>(time / kMinute) % kMinutes;
}

std::uint64_t hour_place(std::int64_t time) {
  return kMinutes + static_cast<std::uint64_t>(time / kHour) % kHours;
}

template <class Integer>
void put(std::string& out, Integer value) {
  for (std::size_t i = 0; i < sizeof(Integer); ++i)
    out += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
}

template <class Integer>
Integer take(std::string_view& in) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(Integer); ++i)
    value |= std::uint64_t{static_cast<unsigned char>(in[i])} << (8 * i);
  in.remove_prefix(sizeof(Integer));
  return static_cast<Integer>(value);
}

std::uint32_t sum_of(std::string_view bytes) {
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

std::string header() {
  std::string out = "GEODEMET";
  put(out, std::uint32_t{1});
  put(out, std::uint32_t{kSlotBytes});
  return out;
}

std::string encode(const Sample& sample) {
  std::string out;
  put(out, sample.time);
  for (const std::uint64_t figure :
       {sample.covered_ms, sample.statements, sample.errors, sample.busy_ns, sample.longest_ns,
        sample.data_bytes, sample.nodes, sample.edges})
    put(out, figure);
  put(out, sample.connections);
  for (const std::uint32_t count : sample.durations) put(out, count);
  put(out, sum_of(out));
  return out;
}

/// False when the slot is empty.
bool decode(std::string_view in, Sample& sample) {
  const std::string_view summed = in.substr(0, kSlotBytes - 4);
  sample.time = take<std::int64_t>(in);
  for (std::uint64_t* figure :
       {&sample.covered_ms, &sample.statements, &sample.errors, &sample.busy_ns, &sample.longest_ns,
        &sample.data_bytes, &sample.nodes, &sample.edges})
    *figure = take<std::uint64_t>(in);
  sample.connections = take<std::uint32_t>(in);
  for (std::uint32_t& count : sample.durations) count = take<std::uint32_t>(in);
  return take<std::uint32_t>(in) == sum_of(summed);
}

[[noreturn]] void fail(const std::string& path, const char* what) {
  throw Error(status::kIo, path + " cannot be " + what + ": " + std::strerror(errno));
}

/// What is there of so many bytes; less at the end of the file.
std::string read_bytes(int file, const std::string& path, std::uint64_t offset, std::size_t bytes) {
  std::string out(bytes, '\0');
  std::size_t done = 0;
  while (done < bytes) {
    const ssize_t got =
        ::pread(file, out.data() + done, bytes - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(path, "read");
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  out.resize(done);
  return out;
}

void write_bytes(int file, const std::string& path, std::uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t done = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) fail(path, "written");
    offset += static_cast<std::uint64_t>(done);
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
}

int open_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) fail(path, "opened");
  return file;
}

}  // namespace

History::History(const std::string& path) : path_(path), file_(open_file(path)) {
  try {
    const std::string found = read_bytes(file_, path_, 0, kHeaderBytes);
    if (found == header()) return;
    // A file that was just made, or whose header a crash of the machine took, is begun again.
    if (found.find_first_not_of('\0') != std::string::npos) {
      ::close(file_);
      file_ = -1;
      std::error_code error;
      std::filesystem::rename(path_, path_ + ".old", error);
      if (error) throw Error(status::kIo, path_ + " cannot be put aside: " + error.message());
      file_ = open_file(path_);
    }
    write_bytes(file_, path_, 0, header());
  } catch (...) {
    if (file_ >= 0) ::close(file_);
    throw;
  }
}

History::~History() { ::close(file_); }

std::vector<Sample> History::read_slots(std::uint64_t first, std::uint64_t count) const {
  const std::string bytes = read_bytes(file_, path_, kHeaderBytes + first * kSlotBytes,
                                       static_cast<std::size_t>(count) * kSlotBytes);
  std::vector<Sample> samples;
  Sample sample;
  for (std::size_t at = 0; at + kSlotBytes <= bytes.size(); at += kSlotBytes)
    if (decode(std::string_view(bytes).substr(at, kSlotBytes), sample)) samples.push_back(sample);
  return samples;
}

void History::write_slot(std::uint64_t place, const Sample& sample) {
  write_bytes(file_, path_, kHeaderBytes + place * kSlotBytes, encode(sample));
}

void History::add(const Sample& sample) {
  const std::int64_t time = begin_of(sample.time, kMinute);
  Sample minute;
  for (const Sample& before : read_slots(minute_place(time), 1))
    if (before.time == time) minute = before;
  minute.add(sample);
  minute.time = time;
  write_slot(minute_place(time), minute);

  // The hour so far, of its minutes: they have places side by side.
  Sample hour;
  const std::int64_t begin = begin_of(time, kHour);
  for (const Sample& each : read_slots(minute_place(begin), kMinutesOfHour))
    if (each.time >= begin && each.time < begin + kHour) hour.add(each);
  hour.time = begin;
  write_slot(hour_place(begin), hour);
}

std::vector<Sample> History::read(std::int64_t now) const {
  // Of these hours all minutes are still there.
  const std::int64_t first_minute = begin_of(now, kHour) - (kDay - kHour);
  std::vector<Sample> samples = read_slots(kMinutes, kHours);
  std::erase_if(samples, [&](const Sample& hour) {
    return hour.time >= first_minute || hour.time < now - kKept;
  });
  for (const Sample& minute : read_slots(0, kMinutes))
    if (minute.time >= first_minute) samples.push_back(minute);
  std::sort(samples.begin(), samples.end(),
            [](const Sample& a, const Sample& b) { return a.time < b.time; });
  return samples;
}

}  // namespace geode::server
