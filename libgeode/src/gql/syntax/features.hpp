#pragma once

#include <bitset>
#include <span>
#include <string>
#include <string_view>

#include "gql/syntax/ast/statement.hpp"

namespace geode::gql {

inline constexpr std::size_t kFeatureCount = 228;

/// An optional feature of ISO/IEC 39075:2024, Annex D.
struct Feature {
  std::string_view id;
  std::string_view name;
  bool supported;
};

/// One bit for each of features(), in their order.
using FeatureSet = std::bitset<kFeatureCount>;

/// All optional features, in the order of their IDs.
std::span<const Feature> features();

/// The features that a conforming claim of `id` claims as well, directly; subclause 24.7.
std::span<const std::string_view> implied_features(std::string_view id);

/// The features that `statement`, parsed from `text`, makes use of as far as its text shows: which
/// values a comparison meets, or whether a graph is open, is not seen.
FeatureSet features_used(const ast::Statement& statement, std::string_view text);

/// "G036, GQ13"
std::string feature_ids(const FeatureSet& set);

}  // namespace geode::gql
