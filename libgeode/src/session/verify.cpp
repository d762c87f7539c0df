#include <geode/error.hpp>
#include <geode/verify.hpp>
#include "base/out_of_memory.hpp"
#include "session/database_impl.hpp"
#include "verify/verification.hpp"

namespace geode {
inline namespace v1 {

VerifyReport verify(const Database& database, const VerifyOptions& options) try {
  return verifier::verify_environment(database.impl()->environment, options);
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

VerifyReport verify(const std::string& path, const VerifyOptions& options) try {
  Options reading;
  reading.read_only = true;
  reading.verify_copies = false;
  try {
    return verify(Database(path, reading), options);
  } catch (const Error& error) {
    if (error.gqlstatus() != status::kCorrupt) throw;
    return verifier::verify_refused(path, options, error);
  }
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

}  // namespace v1
}  // namespace geode
