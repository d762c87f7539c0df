#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "geode.pb.h"
#include "protocol/convert.hpp"
#include "protocol/framing.hpp"

namespace geode::protocol {

namespace {

namespace wire = geode::wire::v1;

constexpr std::uint32_t kNanosecondsOfSecond = 1'000'000'000;
constexpr std::uint64_t kNanosecondsOfDay = std::uint64_t{86'400} * kNanosecondsOfSecond;
/// The first day of the year -999999999 and the last of 999999999.
constexpr std::int64_t kFirstDay = -365'243'219'162, kLastDay = 365'241'780'471;
constexpr std::int64_t kSecondsOfDay = 86'400;
constexpr std::size_t kMaxMagnitude = 32;

void require_depth(int depth) {
  if (depth <= kValueDepth) return;
  throw Error(status::kLimitExceeded, "a value is nested more than " + std::to_string(kValueDepth) +
                                          " levels deep; it cannot be sent");
}

[[noreturn]] void reject(const std::string& what) {
  throw Error(kProtocolViolation, "a value cannot be read: " + what);
}

void require(bool holds, const char* what) {
  if (!holds) reject(what);
}

// ---- to messages

using Fields = google::protobuf::RepeatedPtrField<wire::Field>;

void write(const Value& value, wire::Value& out, int depth);

void write(const Record& record, Fields& out, int depth) {
  out.Reserve(static_cast<int>(record.size()));
  for (const auto& [name, value] : record) {
    wire::Field& field = *out.Add();
    field.set_name(name);
    write(value, *field.mutable_value(), depth + 1);
  }
}

void write(const Decimal& decimal, wire::Decimal& out) {
  std::string magnitude;
  for (std::size_t i = kMaxMagnitude; i-- > 0;) {
    const auto byte = static_cast<char>(decimal.words[i / 8] >> (8 * (i % 8)) & 0xff);
    if (byte != 0 || !magnitude.empty()) magnitude += byte;
  }
  out.set_magnitude(std::move(magnitude));
  out.set_scale(decimal.scale);
  out.set_negative(decimal.negative);
}

void write(const Node& node, wire::Node& out, int depth) {
  out.set_id(raw(node.id));
  for (const std::string& label : node.labels) out.add_labels(label);
  write(node.properties, *out.mutable_properties(), depth);
}

void write(const Edge& edge, wire::Edge& out, int depth) {
  out.set_id(raw(edge.id));
  out.set_source(raw(edge.source));
  out.set_target(raw(edge.target));
  out.set_label(edge.label);
  out.set_undirected(!edge.directed);
  write(edge.properties, *out.mutable_properties(), depth);
}

void write(const Path& path, wire::Path& out, int depth) {
  for (const Value& node : path.nodes) write(node.as_node(), *out.add_nodes(), depth);
  for (const Value& edge : path.edges) write(edge.as_edge(), *out.add_edges(), depth);
}

void write_temporal(const Value& value, wire::Value& out) {
  switch (value.type()) {
    case ValueType::kDate:
      return out.set_date(value.as_date().days);
    case ValueType::kLocalTime:
      return out.set_local_time(static_cast<std::uint64_t>(value.as_local_time().nanoseconds));
    case ValueType::kZonedTime: {
      const ZonedTime time = value.as_zoned_time();
      out.mutable_zoned_time()->set_nanoseconds(static_cast<std::uint64_t>(time.nanoseconds));
      out.mutable_zoned_time()->set_offset_seconds(time.offset_seconds);
      return;
    }
    case ValueType::kLocalDateTime: {
      const LocalDateTime time = value.as_local_datetime();
      out.mutable_local_datetime()->set_seconds(time.seconds);
      out.mutable_local_datetime()->set_nanoseconds(static_cast<std::uint32_t>(time.nanoseconds));
      return;
    }
    case ValueType::kZonedDateTime: {
      const ZonedDateTime& time = value.as_zoned_datetime();
      wire::ZonedDateTime& to = *out.mutable_zoned_datetime();
      to.set_seconds(time.seconds);
      to.set_nanoseconds(static_cast<std::uint32_t>(time.nanoseconds));
      to.set_offset_seconds(time.offset_seconds);
      to.set_zone(time.zone);
      return;
    }
    default: {
      const Duration& duration = value.as_duration();
      wire::Duration& to = *out.mutable_duration();
      to.set_months(duration.months);
      to.set_days(duration.days);
      to.set_seconds(duration.seconds);
      to.set_nanoseconds(static_cast<std::uint32_t>(duration.nanoseconds));
    }
  }
}

void write(const Value& value, wire::Value& out, int depth) {
  require_depth(depth);
  switch (value.type()) {
    case ValueType::kNull:
      return;
    case ValueType::kBool:
      return out.set_boolean(value.as_bool());
    case ValueType::kInt64:
      return out.set_integer(value.as_int64());
    case ValueType::kFloat64:
      return out.set_real(value.as_float64());
    case ValueType::kDecimal:
      return write(value.as_decimal(), *out.mutable_decimal());
    case ValueType::kString:
      return out.set_text(std::string(value.as_string()));
    case ValueType::kBytes:
      return out.set_byte_string(std::string(value.as_bytes()));
    case ValueType::kDate:
    case ValueType::kLocalTime:
    case ValueType::kZonedTime:
    case ValueType::kLocalDateTime:
    case ValueType::kZonedDateTime:
    case ValueType::kDuration:
      return write_temporal(value, out);
    case ValueType::kList: {
      auto& values = *out.mutable_list()->mutable_values();
      values.Reserve(static_cast<int>(value.as_list().size()));
      for (const Value& element : value.as_list()) write(element, *values.Add(), depth + 1);
      return;
    }
    case ValueType::kRecord:
      return write(value.as_record(), *out.mutable_record()->mutable_fields(), depth);
    case ValueType::kNode:
      return write(value.as_node(), *out.mutable_node(), depth);
    case ValueType::kEdge:
      return write(value.as_edge(), *out.mutable_edge(), depth);
    case ValueType::kPath:
      return write(value.as_path(), *out.mutable_path(), depth);
    case ValueType::kGraph:
      out.mutable_graph()->set_path(value.as_graph().path);
      out.mutable_graph()->set_id(static_cast<std::uint32_t>(value.as_graph().id));
      return;
  }
}

// ---- from messages

Value read(const wire::Value& in, int depth);

Record read(const Fields& fields, int depth) {
  Record record;
  record.reserve(static_cast<std::size_t>(fields.size()));
  std::unordered_set<std::string_view> names;
  for (const wire::Field& field : fields) {
    require(names.insert(field.name()).second, "a record with two fields of one name");
    record.emplace_back(field.name(), read(field.value(), depth + 1));
  }
  return record;
}

Decimal read(const wire::Decimal& in) {
  require(in.magnitude().size() <= kMaxMagnitude, "a decimal of more than 256 bits");
  require(in.scale() <= Decimal::kMaxScale, "a decimal with more than 76 digits of fraction");
  Decimal decimal;
  bool zero = true;
  for (std::size_t i = 0; i < in.magnitude().size(); ++i) {
    const auto byte = static_cast<unsigned char>(in.magnitude()[in.magnitude().size() - 1 - i]);
    decimal.words[i / 8] |= std::uint64_t{byte} << (8 * (i % 8));
    zero = zero && byte == 0;
  }
  decimal.scale = static_cast<std::uint8_t>(in.scale());
  decimal.negative = in.negative() && !zero;
  return decimal;
}

std::int64_t time_of_day(std::uint64_t nanoseconds) {
  require(nanoseconds < kNanosecondsOfDay, "a time of day beyond 24 hours");
  return static_cast<std::int64_t>(nanoseconds);
}

std::int32_t nanoseconds_of(std::uint32_t nanoseconds) {
  require(nanoseconds < kNanosecondsOfSecond, "nanoseconds beyond a second");
  return static_cast<std::int32_t>(nanoseconds);
}

std::int32_t offset_of(std::int32_t seconds) {
  require(seconds > -86'400 && seconds < 86'400, "a displacement from UTC of more than a day");
  return seconds;
}

std::int64_t day_of(std::int64_t days) {
  require(days >= kFirstDay && days <= kLastDay, "a date beyond the year 999999999");
  return days;
}

std::int64_t seconds_of(std::int64_t seconds) {
  require(seconds >= kFirstDay * kSecondsOfDay && seconds < (kLastDay + 1) * kSecondsOfDay,
          "a time beyond the year 999999999");
  return seconds;
}

Node read(const wire::Node& in, int depth) {
  return {static_cast<NodeId>(in.id()),
          {in.labels().begin(), in.labels().end()},
          read(in.properties(), depth)};
}

Edge read(const wire::Edge& in, int depth) {
  Edge edge;
  edge.id = static_cast<EdgeId>(in.id());
  edge.source = static_cast<NodeId>(in.source());
  edge.target = static_cast<NodeId>(in.target());
  edge.label = in.label();
  edge.properties = read(in.properties(), depth);
  edge.directed = !in.undirected();
  return edge;
}

Path read(const wire::Path& in, int depth) {
  require(in.nodes_size() == in.edges_size() + 1, "a path needs one node more than edges");
  Path path;
  for (const wire::Node& node : in.nodes()) path.nodes.emplace_back(read(node, depth));
  for (const wire::Edge& edge : in.edges()) path.edges.emplace_back(read(edge, depth));
  return path;
}

Value read(const wire::Value& in, int depth) {
  require_depth(depth);
  switch (in.kind_case()) {
    case wire::Value::KIND_NOT_SET:
      return Value();
    case wire::Value::kInteger:
      return Value(static_cast<long>(in.integer()));
    case wire::Value::kReal:
      return Value(in.real());
    case wire::Value::kBoolean:
      return Value(in.boolean());
    case wire::Value::kText:
      return Value(in.text());
    case wire::Value::kByteString:
      return Value(Bytes{in.byte_string()});
    case wire::Value::kDecimal:
      return Value(read(in.decimal()));
    case wire::Value::kDate:
      return Value(Date{day_of(in.date())});
    case wire::Value::kLocalTime:
      return Value(LocalTime{time_of_day(in.local_time())});
    case wire::Value::kZonedTime:
      return Value(ZonedTime{time_of_day(in.zoned_time().nanoseconds()),
                             offset_of(in.zoned_time().offset_seconds())});
    case wire::Value::kLocalDatetime:
      return Value(LocalDateTime{seconds_of(in.local_datetime().seconds()),
                                 nanoseconds_of(in.local_datetime().nanoseconds())});
    case wire::Value::kZonedDatetime: {
      const wire::ZonedDateTime& time = in.zoned_datetime();
      return Value(ZonedDateTime{seconds_of(time.seconds()), nanoseconds_of(time.nanoseconds()),
                                 offset_of(time.offset_seconds()), time.zone()});
    }
    case wire::Value::kDuration: {
      const wire::Duration& duration = in.duration();
      return Value(Duration{duration.months(), duration.days(), duration.seconds(),
                            nanoseconds_of(duration.nanoseconds())});
    }
    case wire::Value::kList: {
      List list;
      list.reserve(static_cast<std::size_t>(in.list().values_size()));
      for (const wire::Value& element : in.list().values())
        list.push_back(read(element, depth + 1));
      return Value(std::move(list));
    }
    case wire::Value::kRecord:
      return Value(read(in.record().fields(), depth));
    case wire::Value::kNode:
      return Value(read(in.node(), depth));
    case wire::Value::kEdge:
      return Value(read(in.edge(), depth));
    case wire::Value::kPath:
      return Value(read(in.path(), depth));
    case wire::Value::kGraph:
      return Value(GraphReference{in.graph().path(), static_cast<GraphId>(in.graph().id())});
  }
  reject("its kind is not known");
}

}  // namespace

void write_value(const Value& value, wire::Value& out) {
  out.Clear();
  write(value, out, 0);
}

Value read_value(const wire::Value& in) { return read(in, 0); }

void write_parameters(const Parameters& parameters,
                      google::protobuf::RepeatedPtrField<wire::Parameter>& out) {
  for (const auto& [name, value] : parameters.entries()) {
    wire::Parameter& parameter = *out.Add();
    parameter.set_name(name);
    write_value(value, *parameter.mutable_value());
  }
}

Parameters read_parameters(const google::protobuf::RepeatedPtrField<wire::Parameter>& in) {
  Parameters parameters;
  for (const wire::Parameter& parameter : in)
    parameters.set(parameter.name(), read_value(parameter.value()));
  return parameters;
}

}  // namespace geode::protocol
