#pragma once

#include <string>
#include <string_view>

#include <geode/error.hpp>
#include <geode/result.hpp>

namespace geode::cli {

/// How the program speaks to people: on standard error, so that standard output holds data alone.
struct Talk {
  bool quiet = false;
  bool color = false;
  bool json = false;  ///< errors and warnings as JSON objects, one a line

  /// A remark that `quiet` leaves out.
  void say(std::string_view line) const;
  /// The warning with its place in `statement`.
  void warn(const Notice& notice, std::string_view statement) const;
  /// The error with its place in `statement`. `origin` tells where the statement came from
  /// ("load.gql:12"), "" when the user typed it.
  void error(const Error& error, std::string_view statement, std::string_view origin = {}) const;
  /// A mistake in how the program was used.
  void usage(std::string_view message, std::string_view hint = {}) const;
};

/// Writes to standard output, and sees to it that it is there; false when it could not be.
bool write_output(std::string_view text);

/// The error object of every interface.
std::string error_json(const Error& error, std::string_view statement, std::string_view origin);

/// "2 nodes created, 1 edge created"; "" when nothing changed.
std::string describe(const Counters& counters);

}  // namespace geode::cli
