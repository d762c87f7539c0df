#include <geode/error.hpp>
#include "value/calendar.hpp"
#include "value/temporal.hpp"
#include "value/temporal_internal.hpp"
#include "value/time_zone.hpp"

namespace geode::value {

namespace {

[[noreturn]] void throw_text(std::string_view what, std::string_view text) {
  throw Error(status::kInvalidDatetime, "'" + std::string(text) + "' is not a " + std::string(what))
      .category("ArgumentError", "InvalidArgumentValue");
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Reads a text from left to right. A failed step leaves the position alone.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool at_end() const { return at_ == text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  std::string_view rest() const { return text_.substr(at_); }
  void skip_all() { at_ = text_.size(); }

  bool accept(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  /// Digits ahead, without reading them.
  std::size_t count_digits() const {
    std::size_t count = 0;
    while (at_ + count < text_.size() && is_digit(text_[at_ + count])) ++count;
    return count;
  }
  /// Exactly `count` digits.
  bool digits(std::size_t count, std::int64_t& out) {
    if (count_digits() < count) return false;
    out = 0;
    for (std::size_t i = 0; i < count; ++i) out = out * 10 + (text_[at_ + i] - '0');
    at_ += count;
    return true;
  }
  bool digits(std::size_t count, int& out) {
    std::int64_t wide = 0;
    if (!digits(count, wide)) return false;
    out = static_cast<int>(wide);
    return true;
  }
  /// The digits after a decimal point as billionths; digits past the ninth are dropped.
  bool fraction(std::int64_t& billionths) {
    const std::size_t count = count_digits();
    if (count == 0) return false;
    billionths = 0;
    for (std::size_t i = 0; i < 9; ++i) {
      billionths = billionths * 10 + (i < count ? text_[at_ + i] - '0' : 0);
    }
    at_ += count;
    return true;
  }
  bool accept_point() { return accept('.') || accept(','); }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

bool valid_day(std::int64_t year, int month, int day) {
  return month >= 1 && month <= 12 && day >= 1 && day <= days_in_month(year, month);
}

/// What follows the year: -MM-DD, MMDD, -Www-D, WwwD, -Qq-dd, Qqdd, -DDD, DDD, their beginnings, or
/// nothing.
bool scan_day_of(std::int64_t year, Scanner& in, std::int64_t& days) {
  const bool dashes = in.accept('-');
  const auto separated = [&] { return !dashes || in.accept('-'); };
  if (in.accept('W')) {
    WeekDate date{year, 1, 1};
    if (!in.digits(2, date.week) || date.week < 1 || date.week > weeks_in_year(year)) return false;
    if (dashes ? in.accept('-') : is_digit(in.peek())) {
      if (!in.digits(1, date.day) || date.day < 1 || date.day > 7) return false;
    }
    days = days_from_week_date(date);
    return true;
  }
  if (in.accept('Q')) {
    int quarter = 1, day = 1;
    if (!in.digits(1, quarter) || quarter < 1 || quarter > 4) return false;
    if (dashes ? in.accept('-') : is_digit(in.peek())) {
      if (!in.digits(2, day) || day < 1 || day > days_in_quarter(year, quarter)) return false;
    }
    days = days_from_quarter(year, quarter) + day - 1;
    return true;
  }
  const std::size_t count = in.count_digits();
  if (count == 3) {
    int day = 1;
    in.digits(3, day);
    if (day < 1 || day > days_in_year(year)) return false;
    days = days_from_civil({year, 1, 1}) + day - 1;
    return true;
  }
  int month = 1, day = 1;
  if (count == 2 || (count == 4 && !dashes)) {
    in.digits(2, month);
    if (is_digit(in.peek()) || (dashes && in.peek() == '-')) {
      if (!separated() || !in.digits(2, day)) return false;
    }
  } else if (count != 0 || dashes) {
    return false;
  }
  if (!valid_day(year, month, day)) return false;
  days = days_from_civil({year, month, day});
  return true;
}

bool scan_date(Scanner& in, std::int64_t& days) {
  const bool negative = in.peek() == '-';
  const bool sign = negative || in.peek() == '+';
  if (sign) in.accept(in.peek());
  // With a sign a year may have up to nine digits, so it must end at a dash.
  const std::size_t year_digits = sign ? in.count_digits() : 4;
  std::int64_t year = 0;
  if (year_digits < 4 || year_digits > 9 || !in.digits(year_digits, year)) return false;
  if (sign && !in.at_end() && in.peek() != '-' && in.peek() != 'T') return false;
  return scan_day_of(negative ? -year : year, in, days);
}

/// hh:mm:ss.fff, hhmmss.fff and their beginnings.
bool scan_time(Scanner& in, std::int64_t& nanoseconds) {
  int hour = 0, minute = 0, second = 0;
  std::int64_t fraction = 0;
  if (!in.digits(2, hour)) return false;
  const bool colons = in.peek() == ':';
  const auto more = [&] { return colons ? in.accept(':') : is_digit(in.peek()); };
  if (more()) {
    if (!in.digits(2, minute)) return false;
    if (more()) {
      if (!in.digits(2, second)) return false;
      if (in.accept_point() && !in.fraction(fraction)) return false;
    }
  }
  if (hour > 23 || minute > 59 || second > 59) return false;
  nanoseconds = ((hour * 60 + minute) * 60 + second) * kNanosPerSecond + fraction;
  return true;
}

/// An offset, [Zone/Name], both, or nothing at the end of a text.
struct ZoneText {
  std::optional<std::int32_t> offset;
  std::string_view name;
};

bool scan_zone(Scanner& in, ZoneText& zone) {
  std::string_view rest = in.rest();
  in.skip_all();
  const std::size_t bracket = rest.find('[');
  if (bracket != std::string_view::npos) {
    if (rest.back() != ']') return false;
    zone.name = rest.substr(bracket + 1, rest.size() - bracket - 2);
    if (zone.name.empty()) return false;
    rest = rest.substr(0, bracket);
  }
  if (rest.empty()) return true;
  zone.offset = parse_offset(rest);
  return zone.offset.has_value();
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// A date, and after a T (or a space, as SQL writes it) a time; midnight when there is none.
bool scan_datetime(Scanner& in, DayAndTime& parts) {
  if (!scan_date(in, parts.days)) return false;
  if (in.accept('T') || in.accept(' ')) return scan_time(in, parts.nanoseconds);
  return true;
}

// Durations.

using Billionths = __int128;
constexpr Billionths kBillion = 1'000'000'000;

/// [+-]digits[.digits] in billionths.
bool scan_amount(Scanner& in, Billionths& amount) {
  const bool negative = in.accept('-');
  if (!negative) in.accept('+');
  std::int64_t whole = 0, fraction = 0;
  const std::size_t count = in.count_digits();
  if (count > 18) return false;
  if (count == 0 && in.peek() != '.' && in.peek() != ',') return false;
  if (count > 0) in.digits(count, whole);
  if (in.accept_point() && !in.fraction(fraction)) return false;
  amount = whole * kBillion + fraction;
  if (negative) amount = -amount;
  return true;
}

/// Units in the order in which they must come; each may come once.
bool scan_units(Scanner& in, std::string_view units, Billionths* amounts) {
  std::size_t next = 0;
  while (!in.at_end() && in.peek() != 'T') {
    Billionths amount = 0;
    if (!scan_amount(in, amount)) return false;
    const std::size_t unit = units.find(in.peek(), next);
    if (in.at_end() || unit == std::string_view::npos) return false;
    in.accept(in.peek());
    amounts[unit] = amount;
    next = unit + 1;
  }
  return true;
}

/// P14DT16H12M and the like, after the P.
bool scan_unit_duration(Scanner in, Duration& out) {
  if (in.at_end()) return false;
  Billionths date[4] = {0, 0, 0, 0};  // years, months, weeks, days
  Billionths time[3] = {0, 0, 0};     // hours, minutes, seconds
  if (!scan_units(in, "YMWD", date)) return false;
  if (in.accept('T')) {
    if (in.at_end() || !scan_units(in, "HMS", time) || !in.at_end()) return false;
  }
  out = duration_from_billionths(date[0] * 12 + date[1], date[2] * 7 + date[3],
                                 time[0] * 3600 + time[1] * 60 + time[2]);
  return true;
}

/// P2012-02-02T14:37:21.545, after the P: each number counts its unit.
bool scan_date_duration(Scanner in, Duration& out) {
  std::int64_t years = 0, months = 0, days = 0, hours = 0, minutes = 0, seconds = 0, fraction = 0;
  if (!in.digits(4, years)) return false;
  const bool dashes = in.accept('-');
  if (!in.digits(2, months) || (dashes && !in.accept('-')) || !in.digits(2, days)) return false;
  if (months > 12 || days > 31) return false;
  if (in.accept('T')) {
    if (!in.digits(2, hours)) return false;
    const bool colons = in.accept(':');
    if (!in.digits(2, minutes) || (colons && !in.accept(':')) || !in.digits(2, seconds))
      return false;
    if (in.accept_point() && !in.fraction(fraction)) return false;
    if (hours > 24 || minutes > 59 || seconds > 59) return false;
  }
  if (!in.at_end()) return false;
  out = {years * 12 + months, days, hours * 3600 + minutes * 60 + seconds,
         static_cast<std::int32_t>(fraction)};
  return true;
}

}  // namespace

Date parse_date(std::string_view text) {
  Scanner in(trim(text));
  std::int64_t days = 0;
  if (!scan_date(in, days) || !in.at_end()) throw_text("date", text);
  return {days};
}

LocalTime parse_local_time(std::string_view text) {
  Scanner in(trim(text));
  in.accept('T');
  std::int64_t nanoseconds = 0;
  if (!scan_time(in, nanoseconds) || !in.at_end()) throw_text("local time", text);
  return {nanoseconds};
}

ZonedTime parse_zoned_time(std::string_view text, std::string_view default_zone) {
  Scanner in(trim(text));
  in.accept('T');
  ZonedTime time;
  ZoneText zone;
  // A name alone gives no displacement without a date.
  if (!scan_time(in, time.nanoseconds) || !scan_zone(in, zone) || !zone.name.empty()) {
    throw_text("time", text);
  }
  time.offset_seconds = zone.offset ? *zone.offset : offset_at(parse_time_zone(default_zone), 0);
  return time;
}

LocalDateTime parse_local_datetime(std::string_view text) {
  Scanner in(trim(text));
  DayAndTime parts;
  if (!scan_datetime(in, parts) || !in.at_end()) throw_text("local datetime", text);
  return join(parts);
}

ZonedDateTime parse_zoned_datetime(std::string_view text, std::string_view default_zone) {
  Scanner in(trim(text));
  DayAndTime parts;
  ZoneText zone;
  if (!scan_datetime(in, parts) || !scan_zone(in, zone)) throw_text("datetime", text);
  const LocalDateTime local = join(parts);
  if (zone.name.empty()) {
    return at_zone(local, zone.offset ? TimeZone{"", *zone.offset} : parse_time_zone(default_zone));
  }
  const TimeZone named = parse_time_zone(zone.name);
  if (!zone.offset) return at_zone(local, named);
  // Between the two readings of a repeated hour the offset decides; an offset that the zone never
  // had is a mistake.
  const std::int64_t utc = local.seconds - *zone.offset;
  if (offset_at(named, utc) != *zone.offset) {
    throw Error(status::kInvalidDatetime, "'" + std::string(text) + "': " + named.name +
                                              " is not at " + format_offset(*zone.offset) +
                                              " then");
  }
  return {utc, local.nanoseconds, *zone.offset, named.name};
}

Duration parse_duration(std::string_view text) {
  Scanner in(trim(text));
  const bool negative = in.accept('-');
  if (!negative) in.accept('+');
  Duration result;
  if (!in.accept('P') || !(scan_unit_duration(in, result) || scan_date_duration(in, result))) {
    throw_text("duration", text);
  }
  return negative ? negate(result) : result;
}

}  // namespace geode::value
