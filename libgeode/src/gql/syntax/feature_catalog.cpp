#include "gql/syntax/feature_finder.hpp"
#include "gql/syntax/feature_list.hpp"

namespace geode::gql {

void FeatureFinder::read(const ast::CreateSchema& create) {
  add(feature_index("GC01"));
  add_if(create.if_not_exists, feature_index("GC02"));
}

void FeatureFinder::read(const ast::DropSchema& drop) {
  add(feature_index("GC01"));
  add_if(drop.if_exists, feature_index("GC02"));
}

void FeatureFinder::read(const ast::CreateGraph& create) {
  add(feature_index("GC04"));
  add_if(create.if_not_exists, feature_index("GC05"));
  add_if(create.copy_of.has_value(), feature_index("GG05"));
  add_if(create.type.kind == ast::GraphTypeSource::Kind::kOpen, feature_index("GG01"));
  add_if(create.type.kind == ast::GraphTypeSource::Kind::kInline, feature_index("GG03"));
  read(create.type);
}

void FeatureFinder::read(const ast::DropGraph& drop) {
  add(feature_index("GC04"));
  add_if(drop.if_exists, feature_index("GC05"));
}

void FeatureFinder::read(const ast::CreateGraphType& create) {
  add(feature_index("GG02"));
  add_if(create.if_not_exists, feature_index("GC03"));
  read(create.source);
}

void FeatureFinder::read(const ast::DropGraphType& drop) {
  add(feature_index("GG02"));
  add_if(drop.if_exists, feature_index("GC03"));
}

// Element types of an open graph are no part of GQL; what their properties are, is.
void FeatureFinder::read(const ast::CreateElementType& create) {
  read_properties(create.type.element);
}

void FeatureFinder::read(const ast::GraphTypeSource& source) {
  switch (source.kind) {
    case ast::GraphTypeSource::Kind::kOpen:
      return;
    case ast::GraphTypeSource::Kind::kReference:
      return add(feature_index("GG02"));
    case ast::GraphTypeSource::Kind::kLike:
      return add(feature_index("GG04"));
    case ast::GraphTypeSource::Kind::kInline:
      add(feature_index("GG02"));
      for (const ast::ElementTypeSpecification& node : source.specification.nodes) read(node);
      for (const ast::EdgeTypeSpecification& edge : source.specification.edges) read(edge.element);
      return;
  }
}

void FeatureFinder::read(const ast::ElementTypeSpecification& type) {
  add_if(type.name.has_value(), feature_index("GG20"));
  // Without `=>` the key label set is inferred from the labels; without labels there is none.
  if (!type.reference) {
    add(type.has_key          ? feature_index("GG21")
        : type.labels.empty() ? feature_index("GG23")
                              : feature_index("GG22"));
  }
  read_properties(type);
}

void FeatureFinder::read_properties(const ast::ElementTypeSpecification& type) {
  for (const auto& [name, property] : type.properties) read_type(property.position);
}

}  // namespace geode::gql
