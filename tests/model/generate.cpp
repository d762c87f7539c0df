#include "generate.hpp"

#include <algorithm>
#include <iterator>

namespace geode::model {

std::string Generator::new_name(Kind kind) {
  static constexpr char kLetters[] = {'a', 'e', 'g', 'p', 'i', 't', 'q', 'v', 'l'};
  return std::string(1, kLetters[static_cast<int>(kind)]) + std::to_string(++next_name_);
}

std::vector<std::string> Generator::variables(Kind kind) const {
  std::vector<std::string> names;
  for (const Variable& variable : scope_) {
    if (variable.kind == kind) names.push_back(variable.name);
  }
  return names;
}

std::string Generator::variable_of(Kind kind) {
  const std::vector<std::string> names = variables(kind);
  return names.empty() ? "" : pick_from(random_, names);
}

std::string Generator::element_variable() {
  std::string name = variable_of(chance(70) ? Kind::kNode : Kind::kEdge);
  return name.empty() ? variable_of(Kind::kNode) : name;
}

void Generator::clear() {
  scope_.clear();
  next_name_ = 0;
}

Unwind Generator::unwind() {
  Unwind unwind;
  const std::string bag = variable_of(Kind::kBag);
  auto list = std::make_shared<Expression>();
  if (!bag.empty() && chance(50)) {
    list->kind = Expression::Kind::kVariable;
    list->name = bag;
    unwind.alias = new_name(Kind::kAny);
    scope_.push_back({unwind.alias, Kind::kAny});
  } else {
    list->kind = Expression::Kind::kList;
    for (int i = pick(0, 3); i > 0; --i) list->children.push_back(integer(1));
    unwind.alias = new_name(Kind::kInteger);
    scope_.push_back({unwind.alias, Kind::kInteger});
  }
  // The order within a collected list is open, and so are the places in it.
  if (list->kind == Expression::Kind::kList && chance(30)) {
    unwind.counter = new_name(Kind::kInteger);
    unwind.from_zero = chance(50);
    scope_.push_back({unwind.counter, Kind::kInteger});
  }
  unwind.list = list;
  return unwind;
}

Let Generator::let() {
  const int form = pick(0, 3);
  const Kind kind = form < 2 ? Kind::kInteger : form == 2 ? Kind::kTruth : Kind::kAny;
  Let let;
  let.expression = form < 2 ? integer(2) : form == 2 ? truth(2) : anything(1);
  let.alias = new_name(kind);
  scope_.push_back({let.alias, kind});
  return let;
}

Call Generator::call() {
  Call call;
  call.optional = chance(30);
  const std::vector<Variable> outer = scope_;
  scope_.clear();
  for (const Variable& variable : outer) {
    if (variable.kind != Kind::kBag && chance(60)) {
      scope_.push_back(variable);
      call.imports.push_back(variable.name);
    }
  }
  const std::vector<Variable> imported = scope_;
  auto query = std::make_shared<Query>();
  const int parts = chance(35) ? 2 : 1;
  const std::string name = new_name(Kind::kInteger);
  ++nesting_;
  for (int i = 0; i < parts; ++i) {
    scope_ = imported;
    std::vector<Clause> clauses;
    if (chance(70)) clauses.emplace_back(match(1));
    Projection last;
    last.last = true;
    Item only;
    only.alias = name;
    if (chance(30)) {
      only.aggregate = "count";
    } else {
      only.expression = integer(1);
    }
    last.items.push_back(only);
    last.distinct = chance(20);
    clauses.emplace_back(last);
    query->parts.push_back(std::move(clauses));
  }
  --nesting_;
  if (parts == 2) query->operators = {chance(60) ? "UNION ALL" : "UNION"};
  call.query = query;
  scope_ = outer;
  scope_.push_back({name, Kind::kInteger});
  return call;
}

Item Generator::item() {
  Item item;
  const int form = pick(0, 9);
  auto variable = std::make_shared<Expression>();
  variable->kind = Expression::Kind::kVariable;
  if (form < 4 && !scope_.empty()) {
    const Variable& chosen = pick_from(random_, scope_);
    // The order within a collected list is open: it must not become a key.
    if (chosen.kind != Kind::kPath && chosen.kind != Kind::kBag) {
      variable->name = chosen.name;
      item.expression = variable;
      item.kind = chosen.kind;
    }
  }
  if (!item.expression) {
    if (form < 7) {
      item.expression = integer(2);
      item.kind = Kind::kInteger;
    } else if (form == 7) {
      item.expression = text(1);
      item.kind = Kind::kText;
    } else if (form == 8) {
      item.expression = truth(1);
      item.kind = Kind::kTruth;
    } else {
      item.expression = anything(1);
      item.kind = Kind::kAny;
    }
  }
  item.alias = new_name(item.kind);
  return item;
}

Item Generator::aggregate() {
  Item item;
  item.kind = Kind::kInteger;
  switch (pick(0, 7)) {
    case 0:
    case 1:
      item.aggregate = "count";
      break;
    case 2:
      item.aggregate = "count";
      item.expression = anything(1);
      item.distinct = chance(60);
      break;
    case 3: {
      const std::string element = element_variable();
      item.aggregate = "count";
      if (!element.empty()) {
        auto variable = std::make_shared<Expression>();
        variable->kind = Expression::Kind::kVariable;
        variable->name = element;
        item.expression = variable;
        item.distinct = chance(70);
      }
      break;
    }
    case 4:
      item.aggregate = chance(60) ? "sum" : "avg";
      item.kind = item.aggregate == "avg" ? Kind::kAny : Kind::kInteger;
      item.expression = integer(1);
      item.distinct = chance(30);
      break;
    case 5:
      item.aggregate = chance(50) ? "min" : "max";
      item.expression = chance(50) ? integer(1) : text(1);
      item.kind = Kind::kAny;
      break;
    case 6:
      item.aggregate = chance(50) ? "min" : "max";
      item.expression = anything(1);
      item.kind = Kind::kAny;
      break;
    default:
      item.aggregate = "collect";
      item.expression = anything(1);
      item.distinct = chance(40);
      item.kind = Kind::kBag;
  }
  item.alias = new_name(item.kind);
  return item;
}

Projection Generator::projection(bool last, int columns) {
  Projection projection;
  projection.last = last;
  const bool aggregating = chance(45);
  const int count = columns > 0 ? columns : pick(1, 3);
  for (int i = 0; i < count; ++i) {
    const bool aggregates = aggregating && (i == 0 || chance(50));
    projection.items.push_back(aggregates ? aggregate() : item());
  }
  // WITH hands variables on under their names.
  if (!last && !aggregating) {
    for (const Variable& variable : scope_) {
      if (variable.kind == Kind::kPath || !chance(60)) continue;
      auto same = std::make_shared<Expression>();
      same->kind = Expression::Kind::kVariable;
      same->name = variable.name;
      projection.items.push_back({same, "", false, variable.name, variable.kind});
    }
  }
  const bool sortable =
      std::all_of(projection.items.begin(), projection.items.end(), [](const Item& item) {
        return item.kind != Kind::kBag && item.kind != Kind::kNode && item.kind != Kind::kEdge &&
               item.kind != Kind::kEdges;
      });
  const bool bags = std::any_of(projection.items.begin(), projection.items.end(),
                                [](const Item& item) { return item.kind == Kind::kBag; });
  projection.distinct = !bags && chance(20);
  projection.ordered = sortable && chance(40);
  if (projection.ordered) {
    for (std::size_t i = 0; i < projection.items.size(); ++i)
      projection.descending.push_back(chance(40));
    if (chance(30)) projection.skip = pick(0, 3);
    if (chance(50)) projection.limit = pick(0, 5);
  }
  scope_.clear();
  for (const Item& item : projection.items) scope_.push_back({item.alias, item.kind});
  if (!last && chance(30)) projection.where = truth(1);
  return projection;
}

std::vector<Clause> Generator::reading() {
  std::vector<Clause> clauses;
  scope_.clear();
  clauses.emplace_back(match(0));
  for (int more = pick(0, 3); more > 0; --more) {
    switch (pick(0, 7)) {
      case 7:
        clauses.emplace_back(let());
        break;
      case 0:
        clauses.emplace_back(match(0));
        break;
      case 1:
      case 2: {
        Match optional = match(0);
        optional.optional = true;
        clauses.emplace_back(std::move(optional));
        break;
      }
      case 3:
        clauses.emplace_back(unwind());
        break;
      case 4:
        clauses.emplace_back(Filter{truth(2)});
        break;
      case 5:
        clauses.emplace_back(call());
        break;
      default:
        clauses.emplace_back(projection(false, 0));
    }
  }
  return clauses;
}

std::vector<Clause> Generator::linear(bool returns_count) {
  std::vector<Clause> clauses = reading();
  clauses.emplace_back(projection(true, returns_count ? 1 : 0));
  return clauses;
}

Query Generator::filtered_query() {
  next_name_ = 0;
  std::vector<Clause> clauses = reading();
  clauses.emplace_back(Filter{truth(3)});
  Projection last;
  last.last = true;
  for (int i = pick(1, 3); i > 0; --i) last.items.push_back(item());
  clauses.emplace_back(std::move(last));
  Query query;
  query.parts.push_back(std::move(clauses));
  return query;
}

Query Generator::query() {
  Query query;
  next_name_ = 0;
  if (!chance(12)) {
    query.parts.push_back(linear(false));
    return query;
  }
  static const std::vector<std::string> kOperators = {
      "UNION ALL", "UNION ALL", "UNION", "EXCEPT", "INTERSECT", "EXCEPT ALL", "INTERSECT ALL"};
  const std::string& op = pick_from(random_, kOperators);
  for (int i = 0; i < 2; ++i) {
    query.parts.push_back(linear(true));
    Projection& last = std::get<Projection>(query.parts.back().back());
    if (last.ordered || last.items[0].kind == Kind::kBag) {
      last = Projection();
      last.last = true;
      last.items.push_back({nullptr, "count", false, "c", Kind::kInteger});
    }
    last.items[0].alias = "c";
    if (i > 0) query.operators.push_back(op);
  }
  return query;
}

}  // namespace geode::model
