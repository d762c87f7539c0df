#pragma once

#include "gql/bind/binder.hpp"

namespace geode::gql {

/// Tells `interner` every label, edge label and property key that the statement's INSERT, CREATE,
/// MERGE and SET clauses name, so that patterns of the same statement find their ids.
void intern_written_names(const ast::Query& query, NameInterner& interner,
                          const CatalogContext& context);

}  // namespace geode::gql
