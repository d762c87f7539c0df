// Damages a database page by page and looks at what becomes of it: answers are right, or statements
// end with an error; the process goes on in any case.
//
//   damage_test [--cases=N] [--seed=N] [--first=N] [--falsified=N] [--timeout-ms=N]
//               [--salvaged=N] [--verbose=1]
//
// Of the first --salvaged cases, and of as many that are falsified, what can be read is salvaged
// too.

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <sys/wait.h>
#include <unistd.h>

#include <geode/error.hpp>
#include "base/bytes.hpp"
#include "damage_case.hpp"
#include "number_options.hpp"
#include "salvage_case.hpp"
#include "sample_database.hpp"
#include "temp_directory.hpp"

namespace geode::test {
namespace {

constexpr std::size_t kPage = 4096;

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// The process that opens databases must have no threads of others: the sample is made, and the
/// right answers are found, in a child.
bool make_sample(const std::string& path, const std::string& answers) {
  const pid_t child = fork();
  if (child == 0) {
    try {
      make_sample_database(path);
      Database database(path);
      Session session = database.session();
      std::string out;
      for (const std::string& question : sample_questions()) {
        const std::string rows = answer(session, question);
        base::append_le(out, static_cast<std::uint64_t>(rows.size()));
        out += rows;
      }
      write_file(answers, out);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "the sample cannot be made: %s\n", error.what());
      _exit(1);
    }
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::vector<std::string> read_answers(const std::string& path) {
  const std::string bytes = read_file(path);
  std::vector<std::string> out;
  for (std::size_t at = 0; at + 8 <= bytes.size();) {
    const auto size = base::load_le<std::uint64_t>(bytes.data() + at);
    out.push_back(bytes.substr(at + 8, size));
    at += 8 + size;
  }
  return out;
}

/// Pages that belong to runs of overflow pages: chunks and other large values.
std::vector<bool> large_pages(const std::string& bytes) {
  std::vector<bool> out(bytes.size() / kPage);
  for (std::uint64_t page = 2; page < out.size(); ++page) {
    const char* const at = bytes.data() + page * kPage;
    if (base::load_le<std::uint64_t>(at) != page || base::load_le<std::uint16_t>(at + 10) != 4) {
      continue;
    }
    const auto run = base::load_le<std::uint32_t>(at + 12);
    for (std::uint64_t i = 0; i < run && page + i < out.size(); ++i) out[page + i] = true;
  }
  return out;
}

struct SalvageSums {
  int all = 0, whole = 0, refused = 0;
  std::uint64_t nodes = 0, edges = 0;

  void add(const SalvageVerdict& verdict) {
    ++all;
    whole += verdict.whole ? 1 : 0;
    refused += verdict.refused ? 1 : 0;
    nodes += verdict.nodes;
    edges += verdict.edges;
  }
  std::string text() const {
    const auto saved = static_cast<std::uint64_t>(std::max(all - refused, 1));
    return std::to_string(all) + ", " + std::to_string(whole) + " of them whole, " +
           std::to_string(refused) + " refused; " + std::to_string(nodes / saved) + " nodes and " +
           std::to_string(edges / saved) + " edges in the mean";
  }
};

}  // namespace
}  // namespace geode::test

int main(int argc, char** argv) {
  using namespace geode::test;
  std::uint64_t cases = 300, seed = 1, first = 0, timeout_ms = 2000, verbose = 0, falsified = 60,
                salvaged = 12;
  if (!read_numbers(argc, argv,
                    {{"--cases=", cases},
                     {"--seed=", seed},
                     {"--first=", first},
                     {"--timeout-ms=", timeout_ms},
                     {"--falsified=", falsified},
                     {"--salvaged=", salvaged},
                     {"--verbose=", verbose}},
                    "usage: damage_test [--cases=N] [--seed=N] [--first=N] [--timeout-ms=N] "
                    "[--falsified=N] [--salvaged=N] [--verbose=1]\n")) {
    return 2;
  }
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  timeout_ms *= 15;
#endif
  const TempDirectory directory;
  const std::string path = directory.file("sample.geode"), answers = directory.file("answers");
  if (!make_sample(path, answers)) return 1;
  const std::string whole = read_file(path);
  const std::vector<std::string> right = read_answers(answers);
  const std::vector<bool> large = large_pages(whole);
  std::vector<std::uint64_t> pages;
  for (std::uint64_t page = 0; page < whole.size() / kPage; ++page) pages.push_back(page);

  const std::string copy = directory.file("damaged.geode");
  std::array<std::array<int, kOutcomes>, kDamageKinds> table{};
  int failures = 0;
  const auto fail = [&](std::uint64_t number, const Damage& done, const Verdict& verdict) {
    if (++failures > 20 && verbose == 0) return;
    std::printf("case %llu (%s%s): %s: %s\n", static_cast<unsigned long long>(number),
                done.text.c_str(), large[done.page] ? ", large value" : "",
                name_of(verdict.outcome), verdict.text.c_str());
    std::fflush(stdout);
  };
  write_file(copy, whole);
  const Verdict undamaged = try_database(copy, right, timeout_ms);
  if (undamaged.outcome != Outcome::kRight || undamaged.reported) {
    std::printf("the sample without damage: %s%s: %s\n", name_of(undamaged.outcome),
                undamaged.reported ? ", reported" : "", undamaged.text.c_str());
    return 1;
  }
  SalvageSums sums;
  const auto salvage_too = [&](std::uint64_t number, const Damage& done, bool may_differ) {
    unlink((copy + "-lock").c_str());
    const SalvageVerdict verdict = try_salvage(copy, right, 5 * timeout_ms);
    sums.add(verdict);
    if (verdict.fault.empty() && (may_differ || verdict.differs.empty())) return;
    ++failures;
    std::printf("case %llu (%s): salvage: %s\n", static_cast<unsigned long long>(number),
                done.text.c_str(), (verdict.fault + verdict.differs).c_str());
  };
  for (std::uint64_t number = first; number < first + cases; ++number) {
    std::string bytes = whole;
    const Damage done = damage(bytes, pages, seed, number);
    write_file(copy, bytes);
    unlink((copy + "-lock").c_str());
    unlink((copy + "-compact").c_str());
    const Verdict verdict = try_database(copy, right, timeout_ms);
    ++table[static_cast<std::size_t>(done.kind)][static_cast<std::size_t>(verdict.outcome)];
    const bool wrong_chunk = verdict.outcome == Outcome::kWrongButSeen && large[done.page] &&
                             done.kind != DamageKind::kSwap;
    if (verdict.outcome >= Outcome::kWrong || wrong_chunk) fail(number, done, verdict);
    if (number - first < salvaged) {
      write_file(copy, bytes);
      // Pages of an earlier state may pass for those of this one, wherever they lie.
      salvage_too(number, done, done.kind == DamageKind::kSwap);
    }
    if (verbose > 1) {
      std::printf("%llu %s: %s: %s\n", static_cast<unsigned long long>(number), done.text.c_str(),
                  name_of(verdict.outcome), verdict.text.c_str());
    }
  }
  std::printf("%zu pages, %llu cases of seed %llu\n%-10s", pages.size(),
              static_cast<unsigned long long>(cases), static_cast<unsigned long long>(seed), "");
  for (int outcome = 0; outcome < kOutcomes; ++outcome) {
    std::printf(" %15s", name_of(static_cast<Outcome>(outcome)));
  }
  for (int kind = 0; kind < kDamageKinds; ++kind) {
    std::printf("\n%-10s", name_of(static_cast<DamageKind>(kind)));
    for (const int count : table[static_cast<std::size_t>(kind)]) std::printf(" %15d", count);
  }
  std::array<int, kOutcomes> falsified_table{};
  for (std::uint64_t number = first; number < first + falsified; ++number) {
    write_file(copy, whole);
    unlink((copy + "-lock").c_str());
    Damage done;
    done.text = falsify(copy, seed, number);
    const Verdict verdict = try_database(copy, right, timeout_ms);
    ++falsified_table[static_cast<std::size_t>(verdict.outcome)];
    // What was written with a right checksum is believed; but it must not end the process.
    if (verdict.outcome >= Outcome::kSignal) fail(number, done, verdict);
    if (number - first < salvaged) {
      write_file(copy, whole);
      unlink((copy + "-lock").c_str());
      falsify(copy, seed, number);
      // As for answers.
      salvage_too(number, done, true);
    }
  }
  std::printf("\n%-10s", "falsified");
  for (const int count : falsified_table) std::printf(" %15d", count);
  std::printf("\nsalvaged: %s\n%d failures\n", sums.text().c_str(), failures);
  return failures == 0 ? 0 : 1;
}
