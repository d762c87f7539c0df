#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cxxabi.h>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <variant>
#include <vector>

#include "gql/syntax/ast/statement.hpp"

namespace geode::test {

/// Stands for a value of any type where only types are asked for.
struct Anything {
  template <class T>
  operator T() const;
};

/// The number of members of a structure without bases and constructors.
template <class T, class... Counted>
constexpr std::size_t count_members() {
  if constexpr (requires { T{Counted{}..., Anything{}}; }) {
    return count_members<T, Counted..., Anything>();
  } else {
    return sizeof...(Counted);
  }
}

/// References to the members of a structure, in the order of their declaration.
template <class T>
auto members(const T& x) {
  constexpr std::size_t kCount = count_members<T>();
  static_assert(kCount <= 13, "a larger structure needs one more case below");
  if constexpr (kCount == 0) {
    return std::tie();
  } else if constexpr (kCount == 1) {
    const auto& [a] = x;
    return std::tie(a);
  } else if constexpr (kCount == 2) {
    const auto& [a, b] = x;
    return std::tie(a, b);
  } else if constexpr (kCount == 3) {
    const auto& [a, b, c] = x;
    return std::tie(a, b, c);
  } else if constexpr (kCount == 4) {
    const auto& [a, b, c, d] = x;
    return std::tie(a, b, c, d);
  } else if constexpr (kCount == 5) {
    const auto& [a, b, c, d, e] = x;
    return std::tie(a, b, c, d, e);
  } else if constexpr (kCount == 6) {
    const auto& [a, b, c, d, e, f] = x;
    return std::tie(a, b, c, d, e, f);
  } else if constexpr (kCount == 7) {
    const auto& [a, b, c, d, e, f, g] = x;
    return std::tie(a, b, c, d, e, f, g);
  } else if constexpr (kCount == 8) {
    const auto& [a, b, c, d, e, f, g, h] = x;
    return std::tie(a, b, c, d, e, f, g, h);
  } else if constexpr (kCount == 9) {
    const auto& [a, b, c, d, e, f, g, h, i] = x;
    return std::tie(a, b, c, d, e, f, g, h, i);
  } else if constexpr (kCount == 10) {
    const auto& [a, b, c, d, e, f, g, h, i, j] = x;
    return std::tie(a, b, c, d, e, f, g, h, i, j);
  } else if constexpr (kCount == 11) {
    const auto& [a, b, c, d, e, f, g, h, i, j, k] = x;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k);
  } else if constexpr (kCount == 12) {
    const auto& [a, b, c, d, e, f, g, h, i, j, k, l] = x;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l);
  } else {
    const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m] = x;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m);
  }
}

template <class T>
std::string name_of_type() {
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(typeid(T).name(), nullptr, nullptr, nullptr), &std::free);
  return name ? name.get() : typeid(T).name();
}

/// Compares two syntax trees member by member: structures of any kind, without a list of their
/// members, so that none can be forgotten. What says where a node was written is left out:
/// positions, and the text of a column that has no alias.
class TreeComparison {
 public:
  template <class T>
  bool same(const T& a, const T& b) {
    if constexpr (std::is_same_v<T, Position>) {
      return true;
    } else if constexpr (std::is_same_v<T, gql::ast::ProjectionItem>) {
      return same(a.expression, b.expression) && same(a.alias, b.alias);
    } else if constexpr (std::is_same_v<T, Value>) {
      return same_value(a, b) || differ<T>(a.to_string() + " and " + b.to_string());
    } else if constexpr (std::is_same_v<T, std::string>) {
      return a == b || differ<T>("'" + a + "' and '" + b + "'");
    } else if constexpr (std::is_arithmetic_v<T>) {
      return a == b || differ<T>(std::to_string(a) + " and " + std::to_string(b));
    } else if constexpr (std::is_enum_v<T>) {
      const auto number = [](T x) { return std::to_string(static_cast<unsigned>(x)); };
      return a == b || differ<T>(number(a) + " and " + number(b));
    } else {
      return same_parts(a, b);
    }
  }

  /// The first difference, and the structures around it from the inmost to the outmost.
  const std::string& difference() const { return difference_; }

 private:
  template <class T>
  bool same_parts(const std::vector<T>& a, const std::vector<T>& b) {
    if (a.size() != b.size())
      return differ<T>(std::to_string(a.size()) + " and " + std::to_string(b.size()) + " of them");
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (!same(a[i], b[i])) return false;
    }
    return true;
  }
  template <class T>
  bool same_parts(const std::optional<T>& a, const std::optional<T>& b) {
    if (a.has_value() != b.has_value()) return differ<T>("there and not there");
    return !a || same(*a, *b);
  }
  template <class T>
  bool same_parts(const std::unique_ptr<T>& a, const std::unique_ptr<T>& b) {
    if ((a == nullptr) != (b == nullptr)) return differ<T>("there and not there");
    return !a || same(*a, *b);
  }
  template <class A, class B>
  bool same_parts(const std::pair<A, B>& a, const std::pair<A, B>& b) {
    return same(a.first, b.first) && same(a.second, b.second);
  }
  template <class... T>
  bool same_parts(const std::variant<T...>& a, const std::variant<T...>& b) {
    const auto name = []<class Kind>(const Kind&) { return name_of_type<Kind>(); };
    if (a.index() != b.index()) {
      difference_ = std::visit(name, a) + " and " + std::visit(name, b);
      return false;
    }
    return std::visit(
        [&](const auto& x) { return same(x, std::get<std::decay_t<decltype(x)>>(b)); }, a);
  }
  template <class T>
  bool same_parts(const T& a, const T& b) {
    static_assert(std::is_aggregate_v<T>);
    return same_members<T>(members(a), members(b), std::make_index_sequence<count_members<T>()>());
  }
  template <class T, class Members, std::size_t... kIndex>
  bool same_members(const Members& a, const Members& b, std::index_sequence<kIndex...>) {
    return ((same(std::get<kIndex>(a), std::get<kIndex>(b)) || within<T>(kIndex)) && ...);
  }

  /// The same value of the same type: unlike `==`, which takes 1 for 1.0 and 0.0 for -0.0.
  static bool same_value(const Value& a, const Value& b) {
    if (a.type() != b.type()) return false;
    if (a.type() != ValueType::kFloat64) return a == b && a.to_string() == b.to_string();
    const double x = a.as_float64(), y = b.as_float64();
    return std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y) || (x != x && y != y);
  }

  template <class T>
  bool differ(const std::string& what) {
    difference_ = name_of_type<T>() + ": " + what;
    return false;
  }
  template <class T>
  bool within(std::size_t member) {
    difference_ += "\n  member " + std::to_string(member) + " of " + name_of_type<T>();
    return false;
  }

  std::string difference_;
};

/// What two trees differ in; empty when they are the same.
template <class Node>
std::string difference(const Node& a, const Node& b) {
  TreeComparison comparison;
  comparison.same(a, b);
  return comparison.difference();
}

}  // namespace geode::test
