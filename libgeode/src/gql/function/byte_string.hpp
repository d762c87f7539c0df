#pragma once

#include <geode/value.hpp>
#include "gql/function/arguments.hpp"

namespace geode::gql {

// TRIM, LEFT and RIGHT of byte strings (ISO/IEC 39075:2024, 20.25). The first argument of the call
// is one.

/// Without zero bytes, or the bytes of the second argument, at the ends that are asked for.
Value trim_bytes(const Call& call, bool leading, bool trailing);
/// The first, or last, `count` bytes.
Value left_bytes(const Call& call, std::int64_t count);
Value right_bytes(const Call& call, std::int64_t count);

}  // namespace geode::gql
