#pragma once

#include <geode/error.hpp>

namespace geode::cli {

/// What the process tells its caller. Part of the interface: scripts depend on the numbers.
enum ExitCode : int {
  kExitSuccess = 0,
  kExitStatementFailed = 1,
  kExitUsage = 2,
  kExitCannotOpen = 3,
  kExitAccessRefused = 4,
  kExitRetryable = 5,
  kExitDamaged = 6,
  kExitLimit = 7,
  kExitStoppedPartWay = 8,
  kExitInterrupted = 130,
};

/// The code for an error of a statement or an import.
int exit_code_of(const Error& error);
/// The code for an error while a database was being opened.
int exit_code_of_opening(const Error& error);
/// Of a command that asks a server how it is: not to answer in time is not to answer.
int exit_code_of_asking(const Error& error);

}  // namespace geode::cli
