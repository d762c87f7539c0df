#include "storage/page_walk.hpp"
#include "verify/run.hpp"

namespace geode::verifier {

void check_pages(Run& run) {
  run.begin_part("pages", "pages", 0);
  const storage::PageReport report = storage::walk_pages(
      run.snapshot(), {.large_values = true, .most_damages = run.options().maximum_findings});
  for (const storage::PageDamage& damage : report.damages) run.page_damage(damage);
  run.looked_at(report.tree_pages + report.overflow_pages + report.free_pages);
  run.count_more_damages(report.more_damages);
}

}  // namespace geode::verifier
