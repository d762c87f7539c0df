#include "value/calendar.hpp"

namespace geode::value {

// Days are counted in eras of 400 years (146097 days) of years that begin on 1 March, so that the
// leap day is the last day of its year (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").

std::int64_t days_from_civil(const CivilDate& date) {
  const std::int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const std::int64_t era = floor_div(year, 400);
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t month_from_march = date.month + (date.month > 2 ? -3 : 9);
  const std::int64_t day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

CivilDate civil_from_days(std::int64_t days) {
  const std::int64_t shifted = days + 719'468;
  const std::int64_t era = floor_div(shifted, 146'097);
  const std::int64_t day_of_era = shifted - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  CivilDate date;
  date.day = static_cast<int>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  date.month = static_cast<int>(month_from_march + (month_from_march < 10 ? 3 : -9));
  date.year = year_of_era + era * 400 + (date.month <= 2 ? 1 : 0);
  return date;
}

bool is_leap_year(std::int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int days_in_month(std::int64_t year, int month) {
  if (month == 2) return is_leap_year(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

int day_of_year(std::int64_t days) {
  return static_cast<int>(days - days_from_civil({civil_from_days(days).year, 1, 1}) + 1);
}

int day_of_week(std::int64_t days) {
  // 1970-01-01 was a Thursday.
  return static_cast<int>(floor_mod(days + 3, 7) + 1);
}

WeekDate week_date_from_days(std::int64_t days) {
  // A week belongs to the year of its Thursday.
  const int day = day_of_week(days);
  const std::int64_t thursday = days - day + 4;
  const std::int64_t year = civil_from_days(thursday).year;
  const auto week = static_cast<int>((thursday - days_from_civil({year, 1, 1})) / 7 + 1);
  return {year, week, day};
}

std::int64_t days_from_week_date(const WeekDate& date) {
  // 4 January is always in week 1.
  const std::int64_t fourth = days_from_civil({date.year, 1, 4});
  const std::int64_t monday_of_week_1 = fourth - day_of_week(fourth) + 1;
  return monday_of_week_1 + (date.week - 1) * 7 + date.day - 1;
}

int weeks_in_year(std::int64_t year) {
  return week_date_from_days(days_from_civil({year, 12, 28})).week;
}

}  // namespace geode::value
