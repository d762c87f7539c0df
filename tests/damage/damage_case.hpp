#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace geode::test {

enum class DamageKind : std::uint8_t {
  kBitFlip,
  kZeros,
  kOnes,
  kRandom,
  kSwap,
  kTruncate,
  kFewBytes,
};
inline constexpr int kDamageKinds = 7;
const char* name_of(DamageKind kind);

struct Damage {
  DamageKind kind = DamageKind::kBitFlip;
  std::uint64_t page = 0;
  std::string text;  ///< for who wants to do the same again
};

/// Case `number` of `seed`, done to `bytes`. Only pages of `used` are damaged.
Damage damage(std::string& bytes, const std::vector<std::uint64_t>& used, std::uint64_t seed,
              std::uint64_t number);

/// Case `number` of `seed`: a value of the database at `path` is exchanged for other bytes, with
/// the checksum that belongs to them, as if what wrote it had been wrong. Large values, whose
/// layout only their checksum guards, stay. In a process of its own; gives what was done.
std::string falsify(const std::string& path, std::uint64_t seed, std::uint64_t number);

/// What became of a damaged file.
enum class Outcome : std::uint8_t {
  kRight,         ///< every answer is right
  kRefused,       ///< it could not be opened
  kErrors,        ///< some statements ended with an error; the other answers are right
  kWrongButSeen,  ///< a wrong answer, and the walk through the pages reports the file
  kWrong,         ///< a wrong answer that nothing tells of
  kSignal,
  kTimeout,
};
inline constexpr int kOutcomes = 7;
const char* name_of(Outcome outcome);

struct Verdict {
  Outcome outcome = Outcome::kRight;
  bool reported = false;  ///< by the walk through the pages
  std::string text;       ///< the first error or wrong answer
};

/// Opens the database at `path`, asks, changes it, and asks again, in a process of its own.
Verdict try_database(const std::string& path, const std::vector<std::string>& right,
                     std::uint64_t timeout_ms);

}  // namespace geode::test
