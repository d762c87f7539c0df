#include "exit_codes.hpp"

#include <string_view>

namespace geode::cli {

int exit_code_of(const Error& error) {
  const std::string_view code = error.gqlstatus();
  if (error.retryable() || code == status::kDatabaseBusy) return kExitRetryable;
  if (code == status::kCancelled) return kExitInterrupted;
  if (code == status::kTimeout || code == status::kDiskFull) return kExitLimit;
  if (code == status::kCorrupt) return kExitDamaged;
  const std::string_view kind = code.substr(0, 2);
  if (kind == "08") return kExitCannotOpen;
  if (kind == "28") return kExitAccessRefused;
  if (kind == "40") return kExitRetryable;
  if (kind == "53" || kind == "54") return kExitLimit;
  return kExitStatementFailed;
}

int exit_code_of_opening(const Error& error) {
  if (error.gqlstatus() == status::kInvalidArgument) return kExitUsage;  // a URL that is none
  const int code = exit_code_of(error);
  return code == kExitStatementFailed ? kExitCannotOpen : code;
}

int exit_code_of_asking(const Error& error) {
  return error.gqlstatus() == status::kTimeout ? kExitCannotOpen : exit_code_of_opening(error);
}

}  // namespace geode::cli
