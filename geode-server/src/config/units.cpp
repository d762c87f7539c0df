#include "config/units.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <optional>

#include <geode/error.hpp>

namespace geode::server {

namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr Unit kDurationUnits[] = {{"d", 86'400'000'000'000},
                                   {"h", 3'600'000'000'000},
                                   {"m", 60'000'000'000},
                                   {"s", 1'000'000'000},
                                   {"ms", 1'000'000},
                                   {"us", 1'000},
                                   {"ns", 1}};

// The first of several names of a factor is the one that is written.
constexpr Unit kSizeUnits[] = {{"TiB", std::uint64_t{1} << 40},
                               {"T", std::uint64_t{1} << 40},
                               {"TB", 1'000'000'000'000},
                               {"GiB", 1 << 30},
                               {"G", 1 << 30},
                               {"GB", 1'000'000'000},
                               {"MiB", 1 << 20},
                               {"M", 1 << 20},
                               {"MB", 1'000'000},
                               {"KiB", 1 << 10},
                               {"K", 1 << 10},
                               {"KB", 1'000},
                               {"B", 1}};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

struct NumberAndUnit {
  std::uint64_t number = 0;
  std::string_view unit;
};

std::optional<NumberAndUnit> split_number(std::string_view text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc()) return std::nullopt;
  return NumberAndUnit{number, text.substr(static_cast<std::size_t>(rest - text.data()))};
}

Error unusable(std::string_view text, std::string_view expected) {
  return Error(status::kInvalidArgument, "`" + std::string(text) + "` is " + std::string(expected));
}

bool is_host(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  });
}

bool is_address_v6(const std::string& text) {
  in6_addr address;
  // An address of one link only names its interface after a percent sign.
  return ::inet_pton(AF_INET6, text.substr(0, text.find('%')).c_str(), &address) == 1;
}

}  // namespace

std::chrono::nanoseconds parse_duration(std::string_view text, bool bare_milliseconds) {
  const std::optional<NumberAndUnit> parts = split_number(text);
  if (parts && parts->unit.empty()) {
    const std::string number(text);
    if (parts->number != 0 && !bare_milliseconds) {
      throw unusable(text, "no duration: its unit is missing")
          .hint("`" + number + "s` are seconds, `" + number + "ms` milliseconds");
    }
  }
  if (parts) {
    const std::string_view name = parts->unit.empty() ? "ms" : parts->unit;
    for (const Unit& unit : kDurationUnits) {
      if (name != unit.name) continue;
      if (parts->number > static_cast<std::uint64_t>(INT64_MAX) / unit.factor) {
        throw unusable(text, "too long: a duration is 106751d at most");
      }
      return std::chrono::nanoseconds(static_cast<std::int64_t>(parts->number * unit.factor));
    }
  }
  throw unusable(text, "no duration such as 300s")
      .hint("a whole number and one of ns, us, ms, s, m, h and d");
}

std::uint64_t parse_size(std::string_view text) {
  if (const std::optional<NumberAndUnit> parts = split_number(text)) {
    if (parts->unit.empty()) return parts->number;
    for (const Unit& unit : kSizeUnits) {
      if (lower(parts->unit) == lower(unit.name) && parts->number <= UINT64_MAX / unit.factor) {
        return parts->number * unit.factor;
      }
    }
  }
  throw unusable(text, "no size such as 512MB or 1GiB");
}

bool parse_boolean(std::string_view text) {
  const std::string word = lower(text);
  if (word == "true" || word == "yes" || word == "on" || word == "1") return true;
  if (word == "false" || word == "no" || word == "off" || word == "0") return false;
  throw unusable(text, "neither true nor false");
}

Endpoint parse_endpoint(std::string_view text) {
  constexpr std::string_view kForm = "no host:port such as 127.0.0.1:3141 or [::1]:3141";
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    throw unusable(text, kForm).hint("the port is missing: `" + std::string(text) + ":3141`");
  }
  Endpoint out;
  const std::string_view port = text.substr(colon + 1);
  const auto [rest, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  out.host = text.substr(0, colon);
  if (out.host.empty()) {
    throw unusable(text, kForm).hint("`0.0.0.0" + std::string(text) + "` are all addresses");
  }
  if (out.host.front() == '[' && out.host.back() == ']') {
    out.host = out.host.substr(1, out.host.size() - 2);
    if (!is_address_v6(out.host)) throw unusable(text, kForm);
  } else if (!is_host(out.host)) {
    if (!is_address_v6(std::string(text))) throw unusable(text, kForm);
    throw unusable(text, kForm)
        .hint("an address of IPv6 stands in brackets: `[" + std::string(text) + "]:3141`");
  }
  if (error != std::errc() || rest != port.data() + port.size()) {
    throw unusable(text, kForm)
        .hint("a port is a number from 0 to 65535, not `" + std::string(port) + "`");
  }
  return out;
}

std::string duration_text(std::chrono::nanoseconds duration) {
  const auto count = static_cast<std::uint64_t>(duration.count());
  if (count == 0) return "0s";
  const Unit* unit = std::find_if(std::begin(kDurationUnits), std::end(kDurationUnits),
                                  [&](const Unit& each) { return count % each.factor == 0; });
  return std::to_string(count / unit->factor) + std::string(unit->name);
}

std::string size_text(std::uint64_t bytes) {
  // The largest unit that leaves no rest: 2GB, not 1953125KiB.
  const Unit* unit = std::find_if(std::begin(kSizeUnits), std::end(kSizeUnits),
                                  [&](const Unit& each) { return bytes % each.factor == 0; });
  return bytes == 0 ? "0B" : std::to_string(bytes / unit->factor) + std::string(unit->name);
}

std::string endpoint_text(const Endpoint& endpoint) {
  const bool v6 = endpoint.host.find(':') != std::string::npos;
  return (v6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

}  // namespace geode::server
