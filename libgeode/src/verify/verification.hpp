#pragma once

#include <memory>
#include <string>

#include <geode/error.hpp>
#include <geode/verify.hpp>
#include "storage/environment.hpp"

namespace geode::verifier {

/// geode::verify() of an open file. Throws Error 57X01, 53X01.
VerifyReport verify_environment(const std::shared_ptr<storage::Environment>& environment,
                                const VerifyOptions& options);

/// Of a file that is so damaged that it cannot be opened, which `why` says: what its pages show.
VerifyReport verify_refused(const std::string& path, const VerifyOptions& options,
                            const Error& why);

}  // namespace geode::verifier
