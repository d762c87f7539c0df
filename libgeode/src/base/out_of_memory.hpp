#pragma once

#include <new>

namespace geode::base {

/// Throws Error 53X01, one that was made when the library was loaded where there is no memory for
/// another. Public functions throw it for std::bad_alloc, so that what ends them is always an
/// Error:
///
///     Value f() try { .. } catch (const std::bad_alloc&) { base::throw_out_of_memory(); }
[[noreturn]] void throw_out_of_memory();

}  // namespace geode::base
