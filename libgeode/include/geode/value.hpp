#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <geode/decimal.hpp>
#include <geode/ids.hpp>
#include <geode/temporal.hpp>

namespace geode {
inline namespace v1 {

/// The kinds of value a binding table can hold. The order is not the sort order (see
/// value/compare).
enum class ValueType : std::uint8_t {
  kNull,
  kBool,
  kInt64,
  kFloat64,
  kDecimal,
  kDate,
  kLocalTime,
  kZonedTime,
  kLocalDateTime,
  // From here on, as for large decimals, the payload may be a shared object on the heap.
  kString,
  kBytes,
  kZonedDateTime,
  kDuration,
  kList,
  kRecord,
  kNode,
  kEdge,
  kPath,
  kGraph,
};

/// GQL's name of a type: "INT64", "STRING", "NODE", ...
std::string_view type_name(ValueType type);

class Value;
using List = std::vector<Value>;

/// Fields of a record, in the order they were written. Names are unique.
using Record = std::vector<std::pair<std::string, Value>>;

/// A string of bytes, to tell BYTES from STRING in constructors.
struct Bytes {
  std::string data;
};

struct Node;
struct Edge;
struct Path;

/// A reference to a graph of the catalog: two are equal when they are to the same graph. As a
/// parameter it may be a path alone, which the statement looks up.
struct GraphReference {
  /// Where the graph stood when the reference was made, as GQL writes it: default, /sales/orders.
  std::string path;
  GraphId id = kNoGraph;
};

/// Base of the shared parts of values; immutable once published, freed with its last reference.
struct SharedObject {
  SharedObject() = default;
  SharedObject(const SharedObject&) = delete;
  SharedObject& operator=(const SharedObject&) = delete;
  virtual ~SharedObject() = default;
  mutable std::atomic<std::uint32_t> references{1};
};

/// One value: 16 bytes, cheap to copy (large parts are shared and immutable), safe to hand between
/// threads.
///
/// Accessors named as_* throw Error 22G03 when the value is of another type.
class Value {
 public:
  Value() noexcept = default;
  Value(std::nullptr_t) noexcept {}
  Value(bool b) noexcept : type_(ValueType::kBool) { payload_.integer = b ? 1 : 0; }
  Value(int i) noexcept : type_(ValueType::kInt64) { payload_.integer = i; }
  Value(long i) noexcept : type_(ValueType::kInt64) { payload_.integer = i; }
  Value(long long i) noexcept : type_(ValueType::kInt64) { payload_.integer = i; }
  Value(unsigned i) noexcept : type_(ValueType::kInt64) { payload_.integer = i; }
  Value(double d) noexcept : type_(ValueType::kFloat64) { payload_.real = d; }
  Value(const Decimal& d);
  Value(const char* text);
  Value(std::string_view text);
  Value(const std::string& text);
  Value(Bytes bytes);
  Value(Date d) noexcept : type_(ValueType::kDate) { payload_.integer = d.days; }
  Value(LocalTime t) noexcept : type_(ValueType::kLocalTime) { payload_.integer = t.nanoseconds; }
  Value(ZonedTime t) noexcept : type_(ValueType::kZonedTime), extra_(t.offset_seconds) {
    payload_.integer = t.nanoseconds;
  }
  Value(LocalDateTime t) noexcept : type_(ValueType::kLocalDateTime), extra_(t.nanoseconds) {
    payload_.integer = t.seconds;
  }
  Value(ZonedDateTime t);
  Value(Duration d);
  Value(List list);
  Value(Record record);
  Value(Node node);
  Value(Edge edge);
  Value(Path path);
  Value(GraphReference graph);

  Value(const Value& other) noexcept
      : type_(other.type_), shared_(other.shared_), extra_(other.extra_), payload_(other.payload_) {
    if (shared_) payload_.object->references.fetch_add(1, std::memory_order_relaxed);
  }
  Value(Value&& other) noexcept
      : type_(other.type_), shared_(other.shared_), extra_(other.extra_), payload_(other.payload_) {
    other.type_ = ValueType::kNull;
    other.shared_ = false;
  }
  Value& operator=(const Value& other) noexcept {
    Value copy(other);
    swap(copy);
    return *this;
  }
  Value& operator=(Value&& other) noexcept {
    Value taken(std::move(other));
    swap(taken);
    return *this;
  }
  ~Value() {
    if (shared_) release();
  }
  void swap(Value& other) noexcept {
    std::swap(type_, other.type_);
    std::swap(shared_, other.shared_);
    std::swap(extra_, other.extra_);
    std::swap(payload_, other.payload_);
  }

  ValueType type() const noexcept { return type_; }
  bool is_null() const noexcept { return type_ == ValueType::kNull; }
  bool is_number() const noexcept {
    return type_ >= ValueType::kInt64 && type_ <= ValueType::kDecimal;
  }

  bool as_bool() const;
  std::int64_t as_int64() const;
  double as_float64() const;
  Decimal as_decimal() const;
  /// An INT64, FLOAT64 or DECIMAL as double.
  double as_number() const;
  /// Lives as long as this value or a copy of it.
  std::string_view as_string() const;
  std::string_view as_bytes() const;
  Date as_date() const;
  LocalTime as_local_time() const;
  ZonedTime as_zoned_time() const;
  LocalDateTime as_local_datetime() const;
  const ZonedDateTime& as_zoned_datetime() const;
  const Duration& as_duration() const;
  const List& as_list() const;
  const Record& as_record() const;
  const Node& as_node() const;
  const Edge& as_edge() const;
  const Path& as_path() const;
  const GraphReference& as_graph() const;
  /// A field of a record, or null.
  const Value* field(std::string_view name) const;

  /// The literal form, as GQL would write it: 'text', 1.0, 1.50M, [1, 2], {a: 1}, (:Person {name:
  /// 'Ada'}); a graph is its path.
  std::string to_string() const;

  /// Two values are the same: as GROUP BY and DISTINCT see it (null is the same as null, NaN as
  /// NaN, 1 and 1.0 are the same number). `=` of the language is value::equals.
  friend bool operator==(const Value& a, const Value& b);

  // ---- used by the engine
  /// A node known by its id alone; its labels and properties are read when it leaves the engine.
  static Value node_reference(NodeId id) noexcept {
    Value v;
    v.type_ = ValueType::kNode;
    v.payload_.integer = static_cast<std::int64_t>(raw(id));
    return v;
  }
  /// True for a node made by node_reference().
  bool is_reference() const noexcept { return type_ == ValueType::kNode && !shared_; }
  /// The id of a node, resolved or not.
  NodeId node_id() const;
  /// The memory behind this value beyond its own 16 bytes; what others hold too is shared among
  /// them. For the accounts of memory limits.
  std::size_t heap_bytes() const noexcept;
  std::int64_t unchecked_int64() const noexcept { return payload_.integer; }
  double unchecked_float64() const noexcept { return payload_.real; }

 private:
  template <class T>
  struct Holder;
  template <class T>
  static Value make(ValueType type, T content);
  template <class T>
  const T& content() const;
  void expect(ValueType type) const;
  void release() noexcept;

  ValueType type_ = ValueType::kNull;
  bool shared_ = false;
  std::int32_t extra_ = 0;
  union Payload {
    std::int64_t integer = 0;
    double real;
    const SharedObject* object;
  } payload_;
};
static_assert(sizeof(Value) == 16);

/// A node as it was when the result was read. Labels are sorted; properties are in order of their
/// keys' creation.
struct Node {
  NodeId id{};
  std::vector<std::string> labels;
  Record properties;
};

/// An edge. `source` and `target` are its end points; in engine-internal values `label` and
/// `properties` may be left empty with resolved == false until it leaves the engine.
struct Edge {
  EdgeId id{};
  NodeId source{};
  NodeId target{};
  std::string label;
  Record properties;
  bool resolved = true;
  /// False when the edge has no direction; its ends then stand in the order of their insertion.
  bool directed = true;
};

/// Nodes and edges in turn: edges[i] connects nodes[i] and nodes[i + 1], in either direction.
/// Each element is a Value of type kNode or kEdge.
struct Path {
  std::vector<Value> nodes;
  std::vector<Value> edges;
};

}  // namespace v1
}  // namespace geode
