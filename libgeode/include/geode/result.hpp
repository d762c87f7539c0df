#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include <geode/error.hpp>
#include <geode/value.hpp>

namespace geode {
inline namespace v1 {

/// What a statement changed.
struct Counters {
  std::uint64_t nodes_created = 0, nodes_deleted = 0;
  std::uint64_t edges_created = 0, edges_deleted = 0;
  std::uint64_t labels_added = 0, labels_removed = 0;
  std::uint64_t properties_set = 0, properties_removed = 0;
  std::uint64_t indexes_added = 0, indexes_removed = 0;
  std::uint64_t constraints_added = 0, constraints_removed = 0;
  bool any() const;
  struct Entry {
    std::string_view name;  ///< as above: "nodes_created"
    std::uint64_t count;
  };
  /// All of them, in the order above.
  std::array<Entry, 12> entries() const;
};

/// A condition that did not end the statement (class 01), such as a label nobody has.
struct Notice {
  std::string gqlstatus;
  std::string message;
  Position position;  ///< in the statement's text; line == 0: none
};

/// How a statement went; complete once its rows were read.
struct Summary {
  std::string gqlstatus = "00000";  ///< 00000, 00001 (no result asked for), 02000 (no rows)
  Counters counters;
  std::vector<Notice> notices;
  DiagnosticRecord diagnostics;
  std::chrono::nanoseconds elapsed{0};
  std::uint64_t rows = 0;
};

/// A column of a batch in memory order. `data` holds `size` entries: uint8_t, int64_t, double,
/// std::string_view or Value. nulls: one byte an entry (1 = null), or null when there are none.
/// Lives until the next batch is asked for.
struct ColumnView {
  enum class Kind : std::uint8_t { kBool, kInt64, kFloat64, kString, kValue } kind = Kind::kValue;
  const void* data = nullptr;
  const std::uint8_t* nulls = nullptr;
  std::size_t size = 0;
  template <class T>
  std::span<const T> as() const {
    return {static_cast<const T*>(data), size};
  }
};

template <class T>
T from_value(const Value& value) {
  if constexpr (std::is_same_v<T, Value>) {
    return value;
  } else if constexpr (std::is_same_v<T, bool>) {
    return value.as_bool();
  } else if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(value.as_int64());
  } else if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(value.as_number());
  } else if constexpr (std::is_constructible_v<T, std::string_view>) {
    return T(value.as_string());
  } else {
    if (value.is_null()) return std::nullopt;
    return from_value<typename T::value_type>(value);
  }
}

/// One row of a result. Lives on its own.
class Row {
 public:
  Row() = default;
  Row(std::shared_ptr<const std::vector<std::string>> columns, std::vector<Value> values)
      : columns_(std::move(columns)), values_(std::move(values)) {}
  std::size_t size() const { return values_.size(); }
  const Value& operator[](std::size_t i) const { return values_[i]; }
  /// Throws Error 42002 when there is no such column.
  const Value& operator[](std::string_view column) const;
  template <class T>
  T get(std::size_t i) const {
    return from_value<T>(values_[i]);
  }
  template <class T>
  T get(std::string_view column) const {
    return from_value<T>((*this)[column]);
  }
  const std::vector<Value>& values() const { return values_; }
  const std::vector<std::string>& columns() const { return *columns_; }

 private:
  std::shared_ptr<const std::vector<std::string>> columns_;
  std::vector<Value> values_;
};

/// Where a result has its rows from that no database of this process makes: a server's, for
/// instance. Its functions throw Error.
class RowSource {
 public:
  virtual ~RowSource() = default;
  /// Null when the statement returns no table.
  virtual const std::vector<std::string>* columns() = 0;
  /// Of EXPLAIN and PROFILE; else empty.
  virtual std::string plan() = 0;
  /// One value a column. False at the end.
  virtual bool next(std::vector<Value>& row) = 0;
  /// Of the end.
  virtual Summary summary() = 0;
};

/// The binding table that a statement returns. Reading statements are streamed: rows are made as
/// they are asked for, on the thread that asks, in the snapshot the statement began with, which is
/// held until the last row was read or the result is gone.
class Result {
 public:
  Result();
  Result(Result&&) noexcept;
  Result& operator=(Result&&) noexcept;
  ~Result();

  const std::vector<std::string>& columns() const;
  /// False when the statement returns no table (an update without RETURN).
  bool has_columns() const;

  /// The next row, or absent. Not to be mixed with next_batch().
  std::optional<Row> next();
  /// The next columns (at most 2048 rows each), or false at the end.
  bool next_batch(std::vector<ColumnView>& columns);
  /// All rows that are left.
  std::vector<Row> all();
  /// The only value of the only row; throws 22G03 otherwise.
  Value single();
  /// Reads what is left, so that summary() is complete.
  const Summary& consume();
  const Summary& summary() const;
  /// EXPLAIN and PROFILE: the plan as a tree, one operator a line; "" otherwise.
  const std::string& plan() const;

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Row;
    using difference_type = std::ptrdiff_t;
    using pointer = const Row*;
    using reference = const Row&;
    Iterator() = default;
    explicit Iterator(Result* result) : result_(result) { ++*this; }
    const Row& operator*() const { return *row_; }
    const Row* operator->() const { return &*row_; }
    Iterator& operator++() {
      row_ = result_->next();
      if (!row_) result_ = nullptr;
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.result_ == b.result_; }

   private:
    Result* result_ = nullptr;
    std::optional<Row> row_;
  };
  Iterator begin() { return Iterator(this); }
  Iterator end() { return {}; }

  /// The rows as tuples: for (auto [name, age] : result.rows<std::string, int>()).
  template <class... T>
  std::vector<std::tuple<T...>> rows() {
    std::vector<std::tuple<T...>> out;
    while (std::optional<Row> row = next()) {
      out.push_back(to_tuple<T...>(*row, std::index_sequence_for<T...>{}));
    }
    return out;
  }

  /// Ends the statement, as Session::interrupt does, when it is called, from any thread and
  /// whatever becomes of the result; empty when the rows are there already.
  std::function<void()> interrupter() const;
  /// The statement may go on for so long from now; zero: without limit.
  void set_timeout(std::chrono::milliseconds timeout);

  /// Asks for the columns; rows come as they are asked for.
  explicit Result(std::unique_ptr<RowSource> source);

  struct Impl;
  explicit Result(std::unique_ptr<Impl> impl);
  Impl& impl() { return *impl_; }

 private:
  template <class... T, std::size_t... I>
  static std::tuple<T...> to_tuple(const Row& row, std::index_sequence<I...>) {
    return {row.get<T>(I)...};
  }
  std::unique_ptr<Impl> impl_;
};

}  // namespace v1
}  // namespace geode
