#include "value/calendar.hpp"
#include "value/temporal.hpp"
#include "value/temporal_internal.hpp"
#include "value/time_zone.hpp"

namespace geode::value {

namespace {

void append_padded(std::string& out, std::int64_t number, std::size_t width) {
  const std::string digits = std::to_string(number);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out += digits;
}

/// ".142": no trailing zeros, nothing at all for 0.
void append_fraction(std::string& out, std::int64_t nanoseconds) {
  if (nanoseconds == 0) return;
  out += '.';
  append_padded(out, nanoseconds, 9);
  while (out.back() == '0') out.pop_back();
}

void append_date(std::string& out, std::int64_t days) {
  const CivilDate date = civil_from_days(days);
  // ISO 8601 wants a sign before years of more than four digits.
  if (date.year < 0) out += '-';
  if (date.year > 9999) out += '+';
  append_padded(out, date.year < 0 ? -date.year : date.year, 4);
  out += '-';
  append_padded(out, date.month, 2);
  out += '-';
  append_padded(out, date.day, 2);
}

void append_time(std::string& out, std::int64_t nanoseconds) {
  const std::int64_t seconds = nanoseconds / kNanosPerSecond;
  append_padded(out, seconds / 3600, 2);
  out += ':';
  append_padded(out, seconds / 60 % 60, 2);
  if (nanoseconds % (60 * kNanosPerSecond) == 0) return;
  out += ':';
  append_padded(out, seconds % 60, 2);
  append_fraction(out, nanoseconds % kNanosPerSecond);
}

void append_local_datetime(std::string& out, std::int64_t seconds, std::int32_t nanoseconds) {
  const std::int64_t days = floor_div(seconds, kSecondsPerDay);
  append_date(out, days);
  out += 'T';
  append_time(out, (seconds - days * kSecondsPerDay) * kNanosPerSecond + nanoseconds);
}

void append_amount(std::string& out, std::int64_t amount, char unit) {
  if (amount == 0) return;
  out += std::to_string(amount);
  out += unit;
}

}  // namespace

std::string format_offset(std::int32_t offset_seconds) {
  if (offset_seconds == 0) return "Z";
  std::string out(1, offset_seconds < 0 ? '-' : '+');
  const std::int32_t size = offset_seconds < 0 ? -offset_seconds : offset_seconds;
  append_padded(out, size / 3600, 2);
  out += ':';
  append_padded(out, size / 60 % 60, 2);
  if (size % 60 != 0) {
    out += ':';
    append_padded(out, size % 60, 2);
  }
  return out;
}

std::string format(const Date& value) {
  std::string out;
  append_date(out, value.days);
  return out;
}

std::string format(const LocalTime& value) {
  std::string out;
  append_time(out, value.nanoseconds);
  return out;
}

std::string format(const ZonedTime& value) {
  std::string out;
  append_time(out, value.nanoseconds);
  return out + format_offset(value.offset_seconds);
}

std::string format(const LocalDateTime& value) {
  std::string out;
  append_local_datetime(out, value.seconds, value.nanoseconds);
  return out;
}

std::string format(const ZonedDateTime& value) {
  std::string out;
  append_local_datetime(out, value.seconds + value.offset_seconds, value.nanoseconds);
  out += format_offset(value.offset_seconds);
  if (!value.zone.empty()) out += '[' + value.zone + ']';
  return out;
}

std::string format(const Duration& value) {
  std::string out = "P";
  append_amount(out, value.months / 12, 'Y');
  append_amount(out, value.months % 12, 'M');
  append_amount(out, value.days, 'D');
  // Seconds and fraction get one sign: -1 s + 400 ms is written as -0.6 s.
  const bool borrow = value.seconds < 0 && value.nanoseconds > 0;
  const std::int64_t seconds = value.seconds + (borrow ? 1 : 0);
  const std::int64_t nanoseconds = borrow ? kNanosPerSecond - value.nanoseconds : value.nanoseconds;
  if (seconds != 0 || nanoseconds != 0) {
    out += 'T';
    append_amount(out, seconds / 3600, 'H');
    append_amount(out, seconds / 60 % 60, 'M');
    const std::int64_t rest = seconds % 60;
    if (rest != 0 || nanoseconds != 0) {
      if (rest == 0 && borrow) out += '-';
      out += std::to_string(rest);
      append_fraction(out, nanoseconds);
      out += 'S';
    }
  }
  return out == "P" ? "PT0S" : out;
}

}  // namespace geode::value
