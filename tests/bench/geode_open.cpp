// What it costs to open a database: prints one JSON line with the time of the first opening in this
// process, the median of nine more, and the memory that is in use after the first.
//
//   geode_open DATABASE

#include <cstdio>
#include <optional>
#include <vector>

#include <geode/geode.hpp>
#include "measure.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: geode_open DATABASE\n");
    return 2;
  }
  try {
    geode::Options options;
    options.create_if_missing = false;
    const double idle = geode::bench::memory_megabytes("VmRSS");
    double begin = geode::bench::wall_seconds();
    std::optional<geode::Database> database(std::in_place, argv[1], options);
    const double first = geode::bench::wall_seconds() - begin;
    const double resident = geode::bench::memory_megabytes("VmRSS");
    const double own = geode::bench::memory_megabytes("RssAnon");
    std::vector<double> times;
    for (int i = 0; i < 9; ++i) {
      database.reset();
      begin = geode::bench::wall_seconds();
      database.emplace(argv[1], options);
      times.push_back(geode::bench::wall_seconds() - begin);
    }
    std::printf(
        "{\"engine\":\"geode\",\"query\":\"OPEN\",\"median_s\":%.9g,\"first_s\":%.9g,"
        "\"rss_mb\":%.1f,\"rss_before_mb\":%.1f,\"rss_anonymous_mb\":%.1f,\"runs\":10}\n",
        geode::bench::median(times), first, resident, idle, own);
    return 0;
  } catch (const geode::Error& error) {
    std::fprintf(stderr, "geode_open: %s\n", error.what());
    return 1;
  }
}
