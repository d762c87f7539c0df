#pragma once

#include <cstddef>

#include <geode/error.hpp>
#include <geode/result.hpp>
#include <geode/session.hpp>
#include <geode/value.hpp>

namespace google::protobuf {
template <class Element>
class RepeatedPtrField;
}
namespace geode::wire::v1 {
class Parameter;
class Status;
class Value;
}  // namespace geode::wire::v1

namespace geode::protocol {

/// How deep lists, records and properties may be nested in a value.
inline constexpr int kValueDepth = 100;
/// Messages within each other that such a value takes: three for each level (value, record, field),
/// and what it stands in.
inline constexpr int kMessageDepth = 3 * kValueDepth + 16;

/// Replaces what `out` holds. Throws Error 54X01 when the value is nested deeper than kValueDepth.
void write_value(const Value& value, wire::v1::Value& out);
/// Throws Error 08X05 when a part of it is none of a value, such as nanoseconds beyond a second,
/// and 54X01 as write_value.
Value read_value(const wire::v1::Value& in);

void write_parameters(const Parameters& parameters,
                      google::protobuf::RepeatedPtrField<wire::v1::Parameter>& out);
Parameters read_parameters(const google::protobuf::RepeatedPtrField<wire::v1::Parameter>& in);

void write_error(const Error& error, wire::v1::Status& out);
Error read_error(const wire::v1::Status& in);
void write_transaction_state(TransactionState state, wire::v1::Status& out);
TransactionState read_transaction_state(const wire::v1::Status& in);
bool is_success(const wire::v1::Status& status);

void write_summary(const Summary& summary, wire::v1::Status& out);
Summary read_summary(const wire::v1::Status& in);

}  // namespace geode::protocol
