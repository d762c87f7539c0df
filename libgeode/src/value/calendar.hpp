#pragma once

#include <cstdint>

namespace geode::value {

// The proleptic Gregorian calendar and ISO 8601's weeks, in days since 1970-01-01. Nothing here
// checks ranges, but any day of the years -1,000,000,000 .. 1,000,000,000 is computed right.

inline constexpr std::int64_t kSecondsPerDay = 86'400;
inline constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
inline constexpr std::int64_t kNanosPerDay = kSecondsPerDay * kNanosPerSecond;

constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - ((a % b != 0 && (a % b < 0) != (b < 0)) ? 1 : 0);
}
constexpr std::int64_t floor_mod(std::int64_t a, std::int64_t b) { return a - floor_div(a, b) * b; }

struct CivilDate {
  std::int64_t year = 1970;
  int month = 1;
  int day = 1;
};

/// The year is the one the week belongs to, not always the calendar's; day 1 is a Monday.
struct WeekDate {
  std::int64_t year = 1970;
  int week = 1;
  int day = 4;
};

std::int64_t days_from_civil(const CivilDate& date);
CivilDate civil_from_days(std::int64_t days);
bool is_leap_year(std::int64_t year);
int days_in_month(std::int64_t year, int month);
inline int days_in_year(std::int64_t year) { return is_leap_year(year) ? 366 : 365; }
/// 1 is 1 January.
int day_of_year(std::int64_t days);
/// 1 is Monday, 7 Sunday.
int day_of_week(std::int64_t days);

WeekDate week_date_from_days(std::int64_t days);
std::int64_t days_from_week_date(const WeekDate& date);
int weeks_in_year(std::int64_t year);

inline int quarter_of_month(int month) { return (month - 1) / 3 + 1; }
/// The first day of a quarter (1 .. 4).
inline std::int64_t days_from_quarter(std::int64_t year, int quarter) {
  return days_from_civil({year, (quarter - 1) * 3 + 1, 1});
}
inline int days_in_quarter(std::int64_t year, int quarter) {
  return static_cast<int>(
      quarter == 4 ? 92 : days_from_quarter(year, quarter + 1) - days_from_quarter(year, quarter));
}

}  // namespace geode::value
