#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "graph/chunk/bitmap_container.hpp"
#include "graph/statistics.hpp"
#include "verify/run.hpp"

namespace geode::verifier {

namespace {

using graph::kExtentBits;
using graph::kExtentRows;
using graph::kNoShape;

constexpr std::uint32_t kExtentsOfContainer = 1u << (graph::kContainerBits - kExtentBits);
constexpr auto kBase = Table::kBase;

class NodeCheck {
 public:
  explicit NodeCheck(Run& run) : run_(run), label_counts_(run.catalog->label_count()) {}

  void read_extents() {
    storage::Cursor cursor = run_.txn().cursor(kBase);
    const graph::Key prefix = graph::Key().u8(0x31);
    for (bool more = cursor.seek(prefix); more && cursor.has_prefix(prefix); more = cursor.next()) {
      if (cursor.key().size() != 5) continue;  // a finding of the tables
      const std::uint32_t number = graph::keys::u32_at(cursor.key(), 1);
      if (number >= run_.header.extents) {
        run_.extents_whole = false;
        continue;
      }
      run_.looked_at(kExtentRows);
      if (number >= run_.extents.size()) run_.extents.resize(number + 1);
      const bool read = run_.guard(kBase, "extent " + std::to_string(number), [&] {
        run_.extents[number] = graph::Extent::decode(cursor.value());
      });
      if (!read || !check_extent(number)) {
        run_.extents[number] = {};
        run_.extents_whole = false;
      }
    }
  }

  /// Each container of a label has exactly the nodes whose shapes have the label.
  void check_labels() {
    const std::size_t containers =
        (run_.extents.size() + kExtentsOfContainer - 1) / kExtentsOfContainer;
    for (std::uint32_t high = 0; high < containers; ++high) check_container_of(high);
    // What stands where there are no nodes at all.
    storage::Cursor cursor = run_.txn().cursor(kBase);
    const graph::Key prefix = graph::Key().u8(0x30);
    for (bool more = cursor.seek(prefix); more && cursor.has_prefix(prefix); more = cursor.next()) {
      if (cursor.key().size() != 9 || !run_.known_label(graph::keys::u32_at(cursor.key(), 1))) {
        continue;
      }
      if (graph::keys::u32_at(cursor.key(), 5) < containers) continue;
      run_.damage(kBase,
                  container_text(LabelId{graph::keys::u32_at(cursor.key(), 1)},
                                 graph::keys::u32_at(cursor.key(), 5)),
                  "a container", "none: no node has such a number");
    }
  }

  void check_counts() {
    for (std::uint32_t i = 0; i < run_.catalog->label_count(); ++i) {
      const LabelId label{i};
      if (!run_.known_label(i)) continue;
      run_.guard(Table::kHot, "count of " + run_.label_text(label), [&] {
        const auto kept =
            graph::read_record<graph::LabelStatistics>(run_.txn(), graph::keys::label_count(label));
        check_epoch("count of " + run_.label_text(label), kept.last_change);
        run_.compare_count(Table::kHot, "nodes with " + run_.label_text(label), kept.count,
                           label_counts_[i]);
      });
    }
    for (const catalog::GraphDefinition& each : run_.catalog->graphs()) {
      run_.guard(Table::kHot, "counts of graph " + each.name, [&] {
        const auto kept = graph::read_record<graph::GraphStatistics>(
            run_.txn(), graph::keys::graph_statistics(each.id));
        run_.compare_count(Table::kHot, "nodes of graph " + each.name, kept.nodes,
                           nodes_of_graph_[each.id]);
        if (!run_.txn().get(Table::kHot, graph::keys::graph_statistics(each.id))) return;
        check_allocation("the extent that rare shapes of graph " + each.name + " share",
                         kept.mixed_extent, kept.mixed_rows);
      });
    }
    check_allocations();
  }

 private:
  /// Shapes that exist, of one graph.
  bool check_extent(std::uint32_t number) {
    const graph::Extent& extent = run_.extents[number];
    GraphId graph = catalog::kNoGraph;
    for (std::uint32_t row = 0; row < extent.rows; ++row) {
      const std::uint32_t shape = extent.shape_of(row);
      if (shape == kNoShape) continue;
      const std::uint64_t node = (std::uint64_t{number} << kExtentBits) + row;
      if (shape >= run_.catalog->shape_count()) {
        run_.damage(kBase, Run::node_text(node), "shape number " + std::to_string(shape),
                    "a shape of the catalog");
        return false;
      }
      const GraphId own = run_.catalog->graph_of(ShapeId{shape});
      if (run_.catalog->find_graph(own) == nullptr) {
        run_.damage(kBase, Run::node_text(node),
                    "graph number " + std::to_string(static_cast<std::uint32_t>(own)),
                    "a graph of the catalog");
        return false;
      }
      if (graph != catalog::kNoGraph && own != graph) {
        run_.damage(kBase, Run::node_text(node), "another graph than its neighbours have",
                    "an extent whose nodes are of one graph");
        return false;
      }
      graph = own;
      ++nodes_of_graph_[own];
    }
    return true;
  }

  std::string container_text(LabelId label, std::uint32_t high) const {
    return "container " + std::to_string(high) + " of " + run_.label_text(label);
  }

  void check_container_of(std::uint32_t high) {
    // Most containers are of one label or a few, so those that occur are gathered first.
    std::map<std::uint32_t, std::unique_ptr<graph::Bitmap>> expected;
    const std::uint32_t first = high * kExtentsOfContainer;
    for (std::uint32_t i = 0; i < kExtentsOfContainer && first + i < run_.extents.size(); ++i) {
      const graph::Extent& extent = run_.extents[first + i];
      for (std::uint32_t row = 0; row < extent.rows;) {
        const std::uint32_t shape = extent.shape_of(row);
        std::uint32_t end = extent.shapes.empty() ? extent.rows : row + 1;
        while (end < extent.rows && extent.shape_of(end) == shape) ++end;
        if (shape != kNoShape) {
          for (const LabelId label : run_.catalog->shape_labels(ShapeId{shape})) {
            auto& bitmap = expected[static_cast<std::uint32_t>(label)];
            if (bitmap == nullptr) bitmap = std::make_unique<graph::Bitmap>();
            bitmap->add_range(i * kExtentRows + row, i * kExtentRows + end);
            if (static_cast<std::uint32_t>(label) < label_counts_.size()) {
              label_counts_[static_cast<std::uint32_t>(label)] += end - row;
            }
          }
        }
        row = end;
      }
    }
    static const graph::Bitmap kNothing;
    for (std::uint32_t number = 0; number < run_.catalog->label_count(); ++number) {
      if (!run_.known_label(number)) continue;
      const auto found = expected.find(number);
      check_container(LabelId{number}, high, found != expected.end() ? *found->second : kNothing);
    }
  }

  void check_container(LabelId label, std::uint32_t high, const graph::Bitmap& expected) {
    const auto bytes = run_.txn().get(kBase, graph::keys::label_container(label, high));
    if (!bytes && expected.count() == 0) return;
    const std::string where = container_text(label, high);
    if (!bytes) {
      if (!run_.extents_whole) return;
      run_.damage(kBase, where, "no container",
                  std::to_string(expected.count()) + " nodes that have the label");
      return;
    }
    run_.guard(kBase, where, [&] {
      const graph::BitmapView view(*bytes);
      view.verify();
      std::vector<NodeId> stored(65536);
      stored.resize(view.collect(0, 0, stored.data(), 65536));
      if (stored.size() != view.count()) {
        run_.damage(kBase, where, "a count of " + std::to_string(view.count()),
                    std::to_string(stored.size()) + ", which stand in it");
      }
      if (run_.extents_whole) compare(label, high, stored, expected);
    });
  }

  void compare(LabelId label, std::uint32_t high, const std::vector<NodeId>& stored,
               const graph::Bitmap& expected) {
    std::vector<NodeId> wanted(expected.count());
    expected.collect(0, 0, wanted.data(), expected.count());
    if (stored == wanted) return;
    std::vector<NodeId> differing;
    std::set_symmetric_difference(stored.begin(), stored.end(), wanted.begin(), wanted.end(),
                                  std::back_inserter(differing));
    if (differing.empty()) {
      run_.damage(kBase, container_text(label, high), "numbers in no order", "ascending numbers");
      return;
    }
    const std::uint64_t low = raw(differing.front());
    const bool has = expected.contains(static_cast<std::uint32_t>(low));
    run_.damage(
        kBase, container_text(label, high),
        Run::node_text((std::uint64_t{high} << graph::kContainerBits) + low) +
            (has ? " is not in it" : " is in it") +
            (differing.size() > 1 ? ", and " + std::to_string(differing.size() - 1) + " more differ"
                                  : ""),
        has ? "it, as the node has the label" : "the nodes that have the label");
  }

  void check_epoch(const std::string& where, std::uint64_t last_change) {
    if (last_change <= run_.header.epoch) return;
    run_.damage(Table::kHot, where, "a change of epoch " + std::to_string(last_change),
                "none after that of the header, " + std::to_string(run_.header.epoch));
  }

  void check_allocations() {
    storage::Cursor cursor = run_.txn().cursor(Table::kHot);
    const graph::Key prefix = graph::Key().u8(0x03).u8(0x01);
    for (bool more = cursor.seek(prefix); more && cursor.has_prefix(prefix); more = cursor.next()) {
      if (cursor.key().size() != 6 || cursor.value().size() != 16) continue;
      std::array<std::uint32_t, 2> record{};  // extent, rows
      std::memcpy(record.data(), cursor.value().data(), 8);
      check_allocation(
          "the extent of shape number " + std::to_string(graph::keys::u32_at(cursor.key(), 2)),
          record[0], record[1]);
    }
  }

  /// The next id to be given must be above all that are in use.
  void check_allocation(const std::string& where, std::uint32_t extent, std::uint32_t rows) {
    if (extent == graph::GraphStatistics::kNoExtent) return;
    if (extent >= run_.header.extents || rows > kExtentRows) {
      run_.damage(Table::kHot, where,
                  "extent " + std::to_string(extent) + ", " + std::to_string(rows) + " rows",
                  "an extent below " + std::to_string(run_.header.extents) + ", at most 4096 rows");
    } else if (extent < run_.extents.size() && run_.extents[extent].rows > rows) {
      run_.damage(Table::kHot, where, "row " + std::to_string(rows) + " is the next to be given",
                  "one behind the " + std::to_string(run_.extents[extent].rows) + " in use");
    }
  }

  Run& run_;
  std::vector<std::uint64_t> label_counts_;
  std::map<GraphId, std::uint64_t> nodes_of_graph_;
};

}  // namespace

void check_nodes(Run& run) {
  run.begin_part("nodes", "rows", std::uint64_t{run.header.extents} << kExtentBits);
  NodeCheck check(run);
  check.read_extents();
  check.check_labels();
  if (run.extents_whole) check.check_counts();
}

}  // namespace geode::verifier
