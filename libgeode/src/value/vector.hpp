#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <geode/value.hpp>

namespace geode::value {

/// Rows of a batch, and of a vector.
inline constexpr std::uint32_t kBatchRows = 2048;

/// How the entries of a Vector are stored. kAny holds a Value an entry and can hold everything.
enum class Physical : std::uint8_t { kBool, kInt64, kFloat64, kString, kNode, kEdge, kAny };

/// An edge inside the engine: its id and both ends, so that no look-up is needed to walk on.
struct EdgeRef {
  EdgeId id{};
  NodeId source{};
  NodeId target{};
  friend bool operator==(const EdgeRef& a, const EdgeRef& b) { return a.id == b.id; }
};

/// Bytes that strings of vectors point into. Grows; addresses stay.
class StringArena {
 public:
  std::string_view store(std::string_view text);
  void clear();
  /// For good: other threads read it, and nobody can tell when they have done.
  void freeze() { frozen_ = true; }
  bool is_frozen() const { return frozen_; }

 private:
  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0;
  };
  std::vector<Block> blocks_;
  std::size_t block_ = 0;
  std::size_t used_ = 0;
  bool frozen_ = false;
};

/// A typed column of up to kBatchRows values with nulls.
///
/// Three shapes: flat (entry i stands for row i), constant (entry 0 stands for every row),
/// dictionary (row i is entry dictionary[i] of the buffer). Copying a Vector shares its buffers;
/// reset() gives a vector buffers of its own, reusing them when nobody shares them, so a plan that
/// runs again allocates nothing. String entries are views: into the arena of this vector, of
/// another it was made from, or into the mapped file; they live as long as the snapshot and the
/// vector do.
class Vector {
 public:
  Vector() = default;

  /// Makes this a flat vector of `physical` for up to kBatchRows entries, all of them not null,
  /// unset.
  void reset(Physical physical);
  /// Makes this a constant vector.
  void set_constant(const Value& value);
  /// Makes this the rows `base[rows[0]], base[rows[1]], ...`. `rows` is copied (composed when base
  /// is itself a dictionary).
  void set_dictionary(const Vector& base, std::span<const std::uint32_t> rows);
  /// The same of a flat vector whose first `count` entries are all set, and few: what is asked of a
  /// row can be asked of its entry, once for all rows that share it.
  void set_coded(const Vector& entries, std::uint32_t count, std::span<const std::uint32_t> codes);
  /// The rows of `like`, a dictionary, with other entries: entry i stands where entry i of `like`
  /// did.
  void set_rows_as(const Vector& entries, const Vector& like);
  /// How many entries a coded vector has; 0: it is not coded.
  std::uint32_t coded_entries() const { return coded_entries_; }
  /// The entry of each row, of a vector that is neither flat nor constant.
  const std::uint32_t* codes() const { return dictionary_->data(); }
  /// The entries, as a flat vector over the same buffer.
  Vector entries() const;

  Physical physical() const { return physical_; }
  bool is_constant() const { return constant_; }
  bool is_flat() const { return !constant_ && !dictionary_; }
  /// The entry that stands for row `row`.
  std::uint32_t entry(std::uint32_t row) const {
    return constant_ ? 0 : dictionary_ ? (*dictionary_)[row] : row;
  }
  bool may_have_nulls() const { return has_nulls_; }
  bool is_null(std::uint32_t row) const { return has_nulls_ && null_bytes()[entry(row)] != 0; }

  /// Raw entries; index with entry(row), or with row when is_flat(). T: uint8_t (kBool), int64_t,
  /// double, std::string_view, NodeId, EdgeRef, Value.
  template <class T>
  const T* data() const {
    return static_cast<const T*>(buffer_->bytes());
  }
  template <class T>
  T* mutable_data() {
    return static_cast<T*>(buffer_->bytes());
  }
  /// One byte an entry, 1 = null; only when may_have_nulls().
  const std::uint8_t* null_bytes() const { return buffer_->nulls.data(); }
  /// The same to write; makes them (all not null) when there were none.
  std::uint8_t* mutable_null_bytes();
  void set_null(std::uint32_t entry) { mutable_null_bytes()[entry] = 1; }

  template <class T>
  const T& at(std::uint32_t row) const {
    return data<T>()[entry(row)];
  }

  /// The value of a row as a Value (nodes as references, edges unresolved).
  Value get(std::uint32_t row) const;
  /// Sets entry `entry` of a flat vector; a value that does not fit the physical type turns the
  /// whole vector (its first `filled` entries) into kAny.
  void set(std::uint32_t entry, const Value& value, std::uint32_t filled);
  /// Makes this vector the physical type that fits `values` best, with those values.
  void assign(std::span<const Value> values);
  /// Same values, stored as kAny and flat.
  void to_any(std::uint32_t rows);
  /// Same values, flat, in buffers of its own; strings are copied into its own arena. For rows that
  /// outlive their batch.
  void own(std::uint32_t rows);

  /// Of a flat vector of nodes: its ids follow one another, until it is filled anew.
  void set_consecutive() { buffer_->consecutive = true; }
  bool is_consecutive() const { return is_flat() && buffer_ && buffer_->consecutive; }

  /// What was made of the entries of this flat vector, and may be asked for again: `values` holds
  /// an entry for each of the first `entries`. Kept with the buffer, by whoever shares it, until it
  /// is filled anew. Null: nothing is kept for `key`.
  const Vector* derived(std::uint32_t key, std::uint32_t entries) const;
  void keep_derived(std::uint32_t key, std::uint32_t entries, const Vector& values) const;

  /// A copy that another thread may read while this vector is filled anew: whoever shares the
  /// buffers takes new ones from now on.
  Vector frozen() const;

  StringArena& arena();
  /// Appends to this flat vector the row `row` of `from` as entry `entry` (types may differ:
  /// becomes kAny).
  void copy_entry(std::uint32_t entry, const Vector& from, std::uint32_t row, bool copy_strings);

 private:
  struct Derived;
  struct Buffer {
    Buffer();
    ~Buffer();
    std::unique_ptr<std::byte[]> plain;  // all physical types but kAny
    std::size_t plain_bytes = 0;
    std::vector<Value> values;  // kAny
    std::vector<std::uint8_t> nulls;
    std::size_t entries = 0;  // that the vector was made for
    std::shared_ptr<StringArena> arena;
    std::vector<std::shared_ptr<StringArena>> borrowed;  // arenas the string views point into
    std::vector<Derived> derived;
    bool any = false;
    bool frozen = false;
    bool consecutive = false;
    void* bytes() {
      return any ? static_cast<void*>(values.data()) : static_cast<void*>(plain.get());
    }
  };
  void prepare(Physical physical, std::size_t entries);
  static void freeze(Buffer& buffer);
  void borrow_arenas(const Vector& from);

  std::shared_ptr<Buffer> buffer_;
  std::shared_ptr<std::vector<std::uint32_t>> dictionary_;
  Physical physical_ = Physical::kAny;
  bool constant_ = false;
  bool has_nulls_ = false;
  std::uint32_t coded_entries_ = 0;
};

/// Bytes of one entry.
std::size_t entry_size(Physical physical);

/// The physical form that values of a type have when all of a column are of that type. Elements
/// depend on their values.
Physical physical_of(ValueType type);

/// An edge as a value; its label and properties are read when it leaves the engine.
Value edge_value(const EdgeRef& edge);

}  // namespace geode::value
