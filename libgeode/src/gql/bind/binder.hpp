#pragma once

#include <string>
#include <string_view>

#include "base/interrupt.hpp"
#include "catalog/catalog.hpp"
#include "gql/bind/bound/statement.hpp"
#include "gql/bind/catalog_reference.hpp"
#include "gql/procedure/routines.hpp"
#include "gql/syntax/ast/statement.hpp"

namespace geode::gql {

/// Gives names that a statement is going to write their ids before it is bound. Null where nothing
/// may be written (EXPLAIN, prepare).
class NameInterner {
 public:
  virtual ~NameInterner() = default;
  virtual void intern_label(catalog::GraphId graph, std::string_view name) = 0;
  virtual void intern_edge_label(catalog::GraphId graph, std::string_view name,
                                 bool directed) = 0;
  virtual void intern_property_key(std::string_view name) = 0;
  /// The catalog after interning.
  virtual const catalog::Catalog& catalog() const = 0;
};

/// Resolves every name of a query, checks kinds and types, splits patterns into nodes, edges and
/// conditions. Throws Error 42001 / 42002 / 22G03 with place, hint and openCypher's category; phase
/// kCompile.
/// The program points into `routines`.
bound::Program bind(const ast::Query& query, std::string_view text, const catalog::Catalog& catalog,
                    NameInterner* interner = nullptr, const base::Interrupt* interrupt = nullptr,
                    const Routines& routines = *Routines::builtin(),
                    const CatalogContext& context = {});

}  // namespace geode::gql
