#pragma once

#include <string>
#include <string_view>

namespace geode::cli {

/// Bytes that RFC 4180 wants a field quoted for.
inline constexpr std::string_view kCsvSpecial = ",\"\r\n";

/// Appends a field of CSV, in quotes when it is empty, has one of `special` or spaces at its ends.
void append_csv_field(std::string& out, std::string_view text,
                      std::string_view special = kCsvSpecial);

}  // namespace geode::cli
