#include "gql/plan/explain.hpp"

#include <cmath>

#include <fmt/core.h>

#include "base/stack.hpp"

namespace geode::gql::plan {

namespace {

class Explainer {
 public:
  Explainer(const std::vector<bound::VariableInfo>& variables, const FiguresOf& figures)
      : variables_(variables), figures_(figures) {}

  void print(const LogicalOp& op, std::size_t depth) {
    base::check_stack();
    // Columns are chosen without a line of their own.
    if (std::holds_alternative<Select>(op.node)) {
      print(*op.inputs[0], depth);
      return;
    }
    // The one empty row that everything begins with is no step of a plan.
    if (std::holds_alternative<Argument>(op.node) && op.outputs.empty()) return;
    out_ += std::string(2 * depth, ' ') +
            std::visit([&](const auto& node) { return line(node); }, op.node);
    out_ += fmt::format("  ~{} rows",
                        static_cast<std::uint64_t>(std::llround(std::min(op.rows, 1e18))));
    if (figures_) {
      if (std::optional<OperatorFigures> figures = figures_(op)) {
        out_ += fmt::format(", {} actual, {:.3f} ms", figures->rows,
                            static_cast<double>(figures->time.count()) / 1e6);
      }
    }
    out_ += '\n';
    for (const LogicalOpPtr& input : op.inputs) print(*input, depth + 1);
  }

  std::string take() { return std::move(out_); }

 private:
  std::string name(VariableId variable) const {
    auto id = static_cast<std::uint32_t>(variable);
    if (id < variables_.size() && !variables_[id].name.empty()) return variables_[id].name;
    return "_" + std::to_string(id);
  }
  std::string text(const ExpressionPtr& expression) const {
    return describe(*expression, variables_);
  }
  template <class Items, class F>
  static std::string join(const Items& items, F f, const char* separator = ", ") {
    std::string out;
    for (const auto& item : items) out += (out.empty() ? "" : separator) + f(item);
    return out;
  }
  static std::string arrow(ExpandDirection direction, const std::string& inside) {
    switch (direction) {
      case ExpandDirection::kOut:
        return "-" + inside + "->";
      case ExpandDirection::kIn:
        return "<-" + inside + "-";
      case ExpandDirection::kBoth:
        return "-" + inside + "-";
      case ExpandDirection::kOutOrUndirected:
        return "~" + inside + "~>";
      case ExpandDirection::kInOrUndirected:
        return "<~" + inside + "~";
    }
    return inside;
  }
  static std::string range(std::uint64_t minimum, std::optional<std::uint64_t> maximum) {
    return "{" + std::to_string(minimum) + "," + (maximum ? std::to_string(*maximum) : "") + "}";
  }
  static std::string threads(const Sharing& sharing) {
    return sharing.workers > 1 ? fmt::format(" with {} threads", sharing.workers) : "";
  }
  std::string page(const ExpressionPtr& offset, const ExpressionPtr& limit) const {
    return (offset ? " offset " + text(offset) : "") + (limit ? " limit " + text(limit) : "");
  }

  std::string line(const Argument&) const { return "argument"; }
  std::string line(const NodeScan& scan) const {
    if (scan.empty) return "empty scan " + name(scan.variable) + " (no such label)";
    return "node scan " + name(scan.variable) + (scan.label ? " :" + scan.label_name : "");
  }
  std::string line(const IndexSeek& seek) const {
    std::string out = "index seek " + name(seek.variable) + " by " + seek.index_name;
    if (!seek.equal.empty())
      return out + " = " + join(seek.equal, [&](const auto& e) { return text(e); });
    if (seek.among) return out + " IN " + text(seek.among);
    if (seek.low) out += (seek.low_inclusive ? " >= " : " > ") + text(seek.low);
    if (seek.high) out += (seek.high_inclusive ? " <= " : " < ") + text(seek.high);
    return out;
  }
  std::string line(const Expand& expand) const {
    return (expand.into ? "expand into (" : "expand (") + name(expand.from) + ")" +
           arrow(expand.direction, "[" + name(expand.edge) + "]") + "(" + name(expand.to) +
           (expand.to_label ? ":" + expand.to_label_name : "") + ")" + (expand.once ? " once" : "");
  }
  std::string line(const EdgeEnds& ends) const {
    return "ends of edge " + name(ends.edge) + ": (" + name(ends.left) + "), (" + name(ends.right) +
           ")";
  }
  std::string line(const ExpandQuantified& expand) const {
    if (expand.segment && !expand.segment->repeated) {
      return "expand " + std::to_string(expand.segment->branches.size()) +
             (expand.segment->distinct ? " alternatives (" : " alternatives with duplicates (") +
             name(expand.from) + ")-[" + name(expand.edge) + "]-(" + name(expand.to) + ")" +
             (expand.into ? " both ends bound" : "");
    }
    const char* kind = expand.kind == PathKind::kReach      ? "reach ("
                       : expand.kind == PathKind::kShortest ? "shortest path ("
                                                            : "expand paths (";
    return kind + name(expand.from) + ")" + arrow(expand.direction, "[" + name(expand.edge) + "]") +
           range(expand.minimum, expand.maximum) + "(" + name(expand.to) + ")" +
           (expand.into ? " both ends bound" : "");
  }
  std::string line(const SelectPaths& select) const {
    return "select paths between " + name(select.source) + " and " + name(select.target);
  }
  std::string line(const Filter& filter) const {
    return "filter " + join(
                           filter.conditions, [&](const auto& e) { return text(e); }, " AND ");
  }
  std::string line(const DifferentEdges& different) const {
    return "different edges " + join(different.pairs, [&](const auto& pair) {
             return name(pair.first) + " <> " + name(pair.second);
           });
  }
  std::string line(const Compute& compute) const {
    return "project " + join(compute.bindings, [&](const auto& binding) {
             std::string expression = text(binding.second), alias = name(binding.first);
             return expression == alias ? expression : expression + " AS " + alias;
           });
  }
  std::string line(const Select& select) const {
    return "select " + join(select.variables, [&](VariableId variable) { return name(variable); });
  }
  std::string line(const Unwind& unwind) const {
    return "unwind " + text(unwind.list) + " AS " + name(unwind.variable);
  }
  std::string line(const LoadCsv& load) const {
    return std::string(load.headers ? "load csv with headers " : "load csv ") + text(load.source) +
           " AS " + name(load.row);
  }
  std::string line(const ProcedureCall& call) const {
    return "call " + call.procedure->name + "(" +
           join(call.arguments, [&](const auto& e) { return text(e); }) + ")";
  }
  std::string line(const Aggregate& aggregate) const {
    std::string out =
        "aggregate " + join(aggregate.aggregates, [&](const auto& a) { return text(a.second); });
    if (!aggregate.groups.empty())
      out += " by " + join(aggregate.groups, [&](const auto& g) { return text(g.second); });
    if (!aggregate.multiplicities.empty()) {
      out += " of " +
             join(
                 aggregate.multiplicities, [&](VariableId v) { return name(v); }, " * ") +
             " rows each";
    }
    return out + threads(aggregate.sharing);
  }
  std::string line(const Distinct& distinct) const {
    return "distinct " +
           join(distinct.variables, [&](VariableId variable) { return name(variable); }) +
           threads(distinct.sharing);
  }
  std::string line(const Gather& gather) const { return "gather" + threads(gather.sharing); }
  std::string line(const Sort& sort) const {
    return (sort.limit ? "top by " : "sort by ") +
           join(sort.keys,
                [&](const SortKey& key) {
                  return text(key.expression) + (key.descending ? " DESC" : "");
                }) +
           page(sort.offset, sort.limit) + threads(sort.sharing);
  }
  std::string line(const Limit& limit) const { return "page" + page(limit.offset, limit.limit); }
  std::string line(const Join& join_op) const {
    if (join_op.left_keys.empty()) return "cross join";
    std::string out = "hash join on ";
    for (std::size_t i = 0; i < join_op.left_keys.size(); ++i) {
      out += (i ? " AND " : "") + text(join_op.left_keys[i]) + " = " + text(join_op.right_keys[i]);
    }
    return out;
  }
  std::string line(const Apply& apply) const {
    if (apply.in_transactions) return "call in transactions";
    return apply.kind == ApplyKind::kOptional ? "optional match"
           : apply.kind == ApplyKind::kCall   ? "call"
                                              : "optional call";
  }
  std::string line(const SetOperation& set) const {
    using Op = ast::SetOperator;
    switch (set.op) {
      case Op::kUnion:
        return "union";
      case Op::kUnionAll:
        return "union all";
      case Op::kExcept:
        return "except";
      case Op::kExceptAll:
        return "except all";
      case Op::kIntersect:
        return "intersect";
      case Op::kIntersectAll:
        return "intersect all";
      case Op::kOtherwise:
        return "otherwise";
    }
    return "set operation";
  }
  std::string line(const CountWalks& count) const {
    std::string out = "count walks (" + name(count.nodes[0]) + ")";
    for (std::size_t i = 0; i < count.steps.size(); ++i) {
      out += arrow(count.steps[i].direction, "") + "(" + name(count.nodes[i + 1]) + ")";
    }
    return out + threads(count.sharing);
  }
  std::string line(const CountExpand& count) const {
    std::string out = "count edges (" + name(count.from) + ")" + arrow(count.direction, "") + "(" +
                      (count.to_label ? ":" + count.to_label_name : "") + ") AS " +
                      name(count.count);
    if (count.other_edges.empty()) return out;
    return out + " but for " + join(count.other_edges, [&](VariableId v) { return name(v); });
  }
  std::string line(const WhenPresent& when) const {
    std::vector<std::string> needed;
    for (const WhenPresent::Property& property : when.properties)
      needed.push_back(":" + property.label_name + " has " + property.key_name);
    for (const WhenPresent::Ends& ends : when.ends) {
      needed.push_back(":" + ends.edges_name + (ends.targets ? " leads to :" : " comes from :") +
                       ends.label_name);
    }
    return "if every " + join(
                             needed, [](const std::string& text) { return text; }, " and every ");
  }
  std::string line(const Intersect& intersect) const {
    return "intersect neighbours of " + name(intersect.first.from) + " and " +
           name(intersect.second.from) + " as " + name(intersect.to);
  }
  std::string line(const CountIntersect& count) const {
    return "count neighbours of " + name(count.first.from) + " and " + name(count.second.from) +
           (count.to_label ? " with :" + count.to_label_name : "") + " AS " + name(count.count);
  }
  std::string line(const Insert& insert) const {
    return fmt::format("insert {} nodes, {} edges a row", insert.insert->nodes.size(),
                       insert.insert->edges.size());
  }
  std::string line(const SetProperties&) const { return "set"; }
  std::string line(const RemoveProperties&) const { return "remove"; }
  std::string line(const DeleteElements& deletion) const {
    return deletion.deletion->detach ? "detach delete" : "delete";
  }
  std::string line(const CheckElements& check) const {
    return "check " + join(
                          check.check->conditions, [&](const auto& e) { return text(e); }, " AND ");
  }
  std::string line(const Merge&) const { return "merge"; }
  std::string line(const Foreach& foreach) const {
    return "for each " + name(foreach.variable) + " in " + text(foreach.list);
  }

  const std::vector<bound::VariableInfo>& variables_;
  const FiguresOf& figures_;
  std::string out_;
};

}  // namespace

std::string explain(const LogicalOp& root, const std::vector<bound::VariableInfo>& variables,
                    const FiguresOf& figures) {
  Explainer explainer(variables, figures);
  explainer.print(root, 0);
  return explainer.take();
}

}  // namespace geode::gql::plan
