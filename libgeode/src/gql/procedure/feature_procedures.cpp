#include "gql/procedure/registry.hpp"
#include "gql/syntax/features.hpp"
#include "gql/syntax/parser.hpp"

namespace geode::gql {

namespace {

using Arguments = std::span<const Value>;

void add_feature(const Feature& feature, ProcedureRows& rows) {
  rows.push_back({Value(feature.id), Value(feature.name), Value(feature.supported)});
}

void list_features(Arguments, const ProcedureContext&, ProcedureRows& rows) {
  for (const Feature& feature : features()) add_feature(feature, rows);
}

void features_of(Arguments arguments, const ProcedureContext&, ProcedureRows& rows) {
  if (arguments[0].is_null()) return;
  const std::string_view text = arguments[0].as_string();
  const FeatureSet used = features_used(parse(text), text);
  for (std::size_t i = 0; i < kFeatureCount; ++i) {
    if (used.test(i)) add_feature(features()[i], rows);
  }
}

}  // namespace

void register_feature_procedures(ProcedureRegistry& registry) {
  using T = ValueType;
  const std::vector<ProcedureField> feature = {field("id", T::kString), field("name", T::kString),
                                               field("supported", T::kBool)};
  registry.add({"dbms.features",
                {},
                feature,
                "Optional features of GQL, and which are supported",
                list_features});
  registry.add({"dbms.featuresOf",
                {field("statement", T::kString)},
                feature,
                "Optional features of GQL that a statement uses; it is not run",
                features_of});
}

}  // namespace geode::gql
