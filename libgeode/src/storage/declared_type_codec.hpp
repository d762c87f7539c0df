#pragma once

#include <string>

#include "storage/transaction.hpp"
#include "value/declared_type.hpp"

namespace geode::storage {

/// Appends the stored form of a declared type to `out`: the version of the form (1), then
///     tag                 one byte
///     flags               one byte: 1 NOT NULL, 2 fields or lengths follow, 4 written
///                         without its width
///     integers            varint bits, varint precision
///     decimal             varint precision, varint scale
///     float               varint bits
///     string bytes list   with flag 2: varint minimum, varint maximum
///     record table        with flag 2: varint count, (name as a text) of each field
///     list record table union    varint count, then the types within, from their tags on
/// Throws Error 54X01 when nested too deep.
void encode_declared_type(const value::DeclaredType& type, std::string& out);

/// The type that fills `bytes`. Throws Error 58X02 when they are damaged or too many.
value::DeclaredType decode_declared_type(ByteView bytes);

/// The type that begins `bytes`, which then begins behind it. Throws Error 58X02 when they are
/// damaged.
value::DeclaredType take_declared_type(ByteView& bytes);

}  // namespace geode::storage
