#include "damage_case.hpp"

#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <poll.h>
#include <random>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <geode/database.hpp>
#include <geode/error.hpp>
#include "sample_database.hpp"
#include "storage/page_walk.hpp"
#include "storage/transaction.hpp"

namespace geode::test {
namespace {

constexpr std::size_t kPage = 4096;

/// In the child. The first byte tells of the walk, the second of the answers; text follows.
[[noreturn]] void run_child(const std::string& path, const std::vector<std::string>& right,
                            int pipe) {
  char seen = '0', outcome = 'r';
  std::string text;
  {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const storage::PageReport report = storage::walk_pages(file, {});
    if (!report.damages.empty()) seen = '1';
    close(file);
  }
  try {
    // What is damaged is to be found while it is used.
    Options as_original;
    as_original.verify_copies = false;
    Database database(path, as_original);
    Session session = database.session();
    const auto& questions = sample_questions();
    for (std::size_t i = 0; i < questions.size() && outcome != 'w'; ++i) {
      try {
        if (answer(session, questions[i]) == right[i]) continue;
        outcome = 'w';
        text = "wrong answer: " + questions[i];
      } catch (const Error& error) {
        if (outcome == 'r') text = error.what();
        outcome = 'e';
      }
    }
    // Writing may fail, and what it wrote is not looked at: it must end.
    for (const std::string& change : sample_changes()) {
      try {
        session.execute(change).consume();
      } catch (const Error& error) {
        if (outcome == 'r') {
          outcome = 'e';
          text = error.what();
        }
      }
    }
    for (const std::string& question : questions) {
      try {
        answer(session, question);
      } catch (const Error&) {  // as before
      }
    }
  } catch (const Error& error) {
    if (outcome == 'r') outcome = 'o';
    text = error.what();
  } catch (const std::exception& error) {
    outcome = 'x';
    text = std::string("another exception: ") + error.what();
  }
  const std::string message = std::string{seen, outcome} + text;
  if (write(pipe, message.data(), message.size()) != static_cast<ssize_t>(message.size())) _exit(3);
  _exit(0);
}

}  // namespace

const char* name_of(DamageKind kind) {
  static constexpr const char* kNames[] = {"bit flip", "zeros",    "0xff",     "random",
                                           "swap",     "truncate", "few bytes"};
  return kNames[static_cast<int>(kind)];
}

const char* name_of(Outcome outcome) {
  static constexpr const char* kNames[] = {"right", "refused", "errors", "wrong, reported",
                                           "WRONG", "SIGNAL",  "TIMEOUT"};
  return kNames[static_cast<int>(outcome)];
}

Damage damage(std::string& bytes, const std::vector<std::uint64_t>& used, std::uint64_t seed,
              std::uint64_t number) {
  std::mt19937_64 random(seed * 1'000'003 + number);
  Damage out;
  out.kind = static_cast<DamageKind>(number % kDamageKinds);
  // The pages come in turn, so that many cases reach all of them.
  const std::uint64_t turn = number / kDamageKinds;
  out.page = used[(turn * 0x9E3779B97F4A7C15ull >> 20) % used.size()];
  char* const page = bytes.data() + out.page * kPage;
  std::size_t at = 0;
  switch (out.kind) {
    case DamageKind::kBitFlip: {
      // Headers and offsets, where most depends on each bit, get half of them.
      at = random() % 2 == 0 ? random() % 64 : random() % kPage;
      page[at] = static_cast<char>(page[at] ^ (1 << random() % 8));
      break;
    }
    case DamageKind::kZeros:
      std::memset(page, 0, kPage);
      break;
    case DamageKind::kOnes:
      std::memset(page, 0xff, kPage);
      break;
    case DamageKind::kRandom:
      // Sometimes behind the header, so that more than the page number is wrong.
      for (at = random() % 2 == 0 ? 0 : 16; at < kPage; ++at)
        page[at] = static_cast<char>(random());
      break;
    case DamageKind::kSwap: {
      const std::uint64_t other = used[random() % used.size()];
      std::swap_ranges(page, page + kPage, bytes.data() + other * kPage);
      // As if the wrong page had been written to the right place.
      if (random() % 2 == 0 && other > 1 && out.page > 1) {
        std::memcpy(page, &out.page, 8);
        std::memcpy(bytes.data() + other * kPage, &other, 8);
      }
      at = other;
      break;
    }
    case DamageKind::kTruncate:
      at = out.page * kPage + (random() % 2 == 0 ? 0 : random() % kPage);
      bytes.resize(at);
      break;
    case DamageKind::kFewBytes:
      for (int i = 0; i < 4; ++i) {
        at = random() % 2 == 0 ? random() % 64 : random() % kPage;
        page[at] = static_cast<char>(random());
      }
      break;
  }
  out.text = std::string(name_of(out.kind)) + ", page " + std::to_string(out.page) + ", at " +
             std::to_string(at);
  return out;
}

std::string falsify(const std::string& path, std::uint64_t seed, std::uint64_t number) {
  using storage::Table;
  constexpr std::size_t kSmall = 1024;
  std::mt19937_64 random(seed * 7'000'003 + number);
  constexpr Table kTables[] = {Table::kHot, Table::kCatalog, Table::kBase, Table::kIndex};
  const Table table = kTables[number % 4];
  int ends[2];
  if (pipe(ends) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    std::string text;
    {
      const auto environment = storage::Environment::open(path, {});
      const auto txn = storage::WriteTransaction::begin(environment);
      std::vector<std::string> keys;
      storage::Cursor cursor = txn->cursor(table);
      for (bool more = cursor.first(); more; more = cursor.next()) {
        // Adjacency, columns and bitmaps: of chunks only the checksum guards the layout.
        const char first = storage::as_text(cursor.key())[0];
        const bool chunk = table == Table::kBase &&
                           (first == 0x10 || first == 0x20 || first == 0x30 || first == 0x32);
        if (!chunk && cursor.value().size() < kSmall)
          keys.emplace_back(storage::as_text(cursor.key()));
      }
      // Kinds of keys are told by their first byte, and some have few entries.
      const std::string first = keys[random() % keys.size()];
      std::vector<std::string> kinds;
      for (const std::string& key : keys) {
        if (kinds.empty() || kinds.back()[0] != key[0]) kinds.push_back(key);
      }
      const char kind = kinds[random() % kinds.size()][0];
      std::erase_if(keys, [&](const std::string& key) { return key[0] != kind; });
      const std::string key = random() % 2 == 0 ? first : keys[random() % keys.size()];
      std::string value(storage::as_text(*txn->get(table, storage::as_bytes(key))));
      switch (random() % 4) {
        case 0:
          value.resize(value.empty() ? 0 : random() % value.size());
          break;
        case 1:
          value += std::string(random() % 64, static_cast<char>(random()));
          break;
        case 2:
          for (char& byte : value) byte = static_cast<char>(random());
          break;
        default:
          for (std::uint64_t i = random() % 3 + 1; i > 0 && !value.empty(); --i) {
            value[random() % value.size()] = static_cast<char>(random() % 3 == 0 ? 0xff : random());
          }
      }
      txn->put(table, storage::as_bytes(key), storage::as_bytes(value));
      txn->commit();
      text = "table " + std::to_string(static_cast<int>(table)) + ", key";
      for (const char each : key) text += ' ' + std::to_string(static_cast<unsigned char>(each));
    }
    if (write(ends[1], text.data(), text.size()) < 0) _exit(3);
    _exit(0);
  }
  close(ends[1]);
  std::string text;
  char buffer[512];
  for (ssize_t n = 0; (n = read(ends[0], buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(n));
  }
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return text;
}

Verdict try_database(const std::string& path, const std::vector<std::string>& right,
                     std::uint64_t timeout_ms) {
  int ends[2];
  Verdict out;
  if (pipe(ends) != 0) {
    out.outcome = Outcome::kSignal;
    out.text = "no pipe";
    return out;
  }
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    run_child(path, right, ends[1]);
  }
  close(ends[1]);
  struct pollfd ready {
    ends[0], POLLIN, 0
  };
  std::string message;
  const bool came = poll(&ready, 1, static_cast<int>(timeout_ms)) > 0;
  if (!came) kill(child, SIGKILL);
  char buffer[512];
  for (ssize_t n = 0; (n = read(ends[0], buffer, sizeof buffer)) > 0;) {
    message.append(buffer, static_cast<std::size_t>(n));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (!came) {
    out.outcome = Outcome::kTimeout;
    return out;
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || message.size() < 2 || message[1] == 'x') {
    out.outcome = Outcome::kSignal;
    out.text = message.size() > 2 ? message.substr(2) : "status " + std::to_string(status);
    return out;
  }
  out.reported = message[0] == '1';
  out.text = message.substr(2);
  switch (message[1]) {
    case 'o':
      out.outcome = Outcome::kRefused;
      break;
    case 'e':
      out.outcome = Outcome::kErrors;
      break;
    case 'w':
      out.outcome = out.reported ? Outcome::kWrongButSeen : Outcome::kWrong;
      break;
    default:
      out.outcome = Outcome::kRight;
  }
  return out;
}

}  // namespace geode::test
