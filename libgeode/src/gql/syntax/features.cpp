#include "gql/syntax/features.hpp"

#include <array>

#include "gql/syntax/feature_finder.hpp"
#include "gql/syntax/feature_list.hpp"

namespace geode::gql {
namespace {

struct Implication {
  std::string_view id;
  std::array<std::string_view, 2> implied;
};

// clang-format off
constexpr Implication kImplications[] = {
    {"G007", {"G006"}},
    {"G014", {"G010"}},
    {"G031", {"G030"}},
    {"G033", {"G032"}},
    {"G039", {"G080"}},
    {"G045", {"G044"}},
    {"G048", {"G038"}},
    {"G049", {"G038"}},
    {"G050", {"G038"}},
    {"G051", {"G050"}},
    {"G081", {"G082"}},
    {"G082", {"G080"}},
    {"GA09", {"GV55"}},
    {"GC02", {"GC01"}},
    {"GC03", {"GG02"}},
    {"GC05", {"GC04"}},
    {"GD01", {"GT01"}},
    {"GD02", {"GD01"}},
    {"GD03", {"GD01"}},
    {"GD04", {"GD01"}},
    {"GE01", {"GV60"}},
    {"GE02", {"GV61"}},
    {"GE04", {"GV60"}},
    {"GE05", {"GV61"}},
    {"GE06", {"GV55"}},
    {"GF07", {"GV35"}},
    {"GF20", {"GQ14"}},
    {"GG03", {"GC04", "GG02"}},
    {"GG04", {"GC04", "GG02"}},
    {"GG05", {"GC04"}},
    {"GG20", {"GG02"}},
    {"GG21", {"GG02"}},
    {"GG22", {"GG21"}},
    {"GG23", {"GG02"}},
    {"GG24", {"GG02"}},
    {"GG25", {"GG02"}},
    {"GG26", {"GG02"}},
    {"GL05", {"GV17"}},
    {"GL06", {"GV17"}},
    {"GP02", {"GP01"}},
    {"GP03", {"GP01"}},
    {"GP06", {"GP05"}},
    {"GP07", {"GP05"}},
    {"GP09", {"GP08"}},
    {"GP10", {"GP08"}},
    {"GP12", {"GP11"}},
    {"GP13", {"GP11"}},
    {"GP14", {"GP04", "GV61"}},
    {"GP15", {"GP04", "GV60"}},
    {"GQ05", {"GQ04"}},
    {"GQ07", {"GQ06"}},
    {"GQ11", {"GQ10"}},
    {"GQ23", {"GV61"}},
    {"GQ24", {"GQ10"}},
    {"GS10", {"GS02"}},
    {"GS11", {"GS03"}},
    {"GS12", {"GS01"}},
    {"GS13", {"GS02"}},
    {"GS14", {"GS03"}},
    {"GT02", {"GT01"}},
    {"GV36", {"GV35"}},
    {"GV37", {"GV35"}},
    {"GV38", {"GV35"}},
    {"GV46", {"GV45"}},
    {"GV47", {"GV45"}},
    {"GV48", {"GV45"}},
    {"GV66", {"GV65"}},
    {"GV67", {"GV65"}},
    {"GV68", {"GV65"}},
    {"GV71", {"GV70"}},
    {"GV72", {"GV70"}},
};
// clang-format on

}  // namespace

std::span<const Feature> features() { return kFeatures; }

std::span<const std::string_view> implied_features(std::string_view id) {
  for (const Implication& implication : kImplications) {
    if (implication.id != id) continue;
    return std::span(implication.implied).first(implication.implied[1].empty() ? 1 : 2);
  }
  return {};
}

FeatureSet features_used(const ast::Statement& statement, std::string_view text) {
  FeatureFinder finder(text);
  finder.read_text();
  finder.read_tree(statement);
  return finder.found();
}

std::string feature_ids(const FeatureSet& set) {
  std::string ids;
  for (std::size_t i = 0; i < kFeatureCount; ++i) {
    if (!set.test(i)) continue;
    if (!ids.empty()) ids += ", ";
    ids += kFeatures[i].id;
  }
  return ids;
}

}  // namespace geode::gql
