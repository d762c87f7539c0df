// Runs a fuzz target without libFuzzer: the files given, then random changes of them for a while,
// with a seed that is printed. Keeps the targets working in every build.

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <unistd.h>
#include <vector>

#include "number_options.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Input = std::vector<std::uint8_t>;

Input read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

const Input* running = nullptr;

/// What ended the run, as the contents of a file: `crash-input` in the working directory.
extern "C" void save_input(int signal) {
  std::signal(signal, SIG_DFL);
  if (std::FILE* file = std::fopen("crash-input", "wb")) {
    std::fwrite(running->data(), 1, running->size(), file);
    std::fclose(file);
    constexpr char kMessage[] = "the input that ended the run is in the file crash-input\n";
    if (write(STDERR_FILENO, kMessage, sizeof kMessage - 1) < 0) _exit(1);
  }
  std::raise(signal);
}

void run(const Input& input) {
  running = &input;
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

void change(Input& input, const std::vector<Input>& corpus, std::mt19937_64& random) {
  const auto below = [&](std::size_t n) { return n == 0 ? 0 : random() % n; };
  switch (below(5)) {
    case 0:
      if (!input.empty()) input[below(input.size())] = static_cast<std::uint8_t>(random());
      break;
    case 1:
      input.insert(input.begin() + static_cast<std::ptrdiff_t>(below(input.size() + 1)),
                   static_cast<std::uint8_t>(random()));
      break;
    case 2:
      if (!input.empty())
        input.erase(input.begin() + static_cast<std::ptrdiff_t>(below(input.size())));
      break;
    case 3:
      input.resize(below(input.size() + 1));
      break;
    default: {
      const Input& other = corpus[below(corpus.size())];
      const std::size_t from = below(other.size() + 1);
      const std::size_t count = below(other.size() - from + 1);
      input.insert(input.begin() + static_cast<std::ptrdiff_t>(below(input.size() + 1)),
                   other.begin() + static_cast<std::ptrdiff_t>(from),
                   other.begin() + static_cast<std::ptrdiff_t>(from + count));
      break;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t seconds = 3, seed = std::random_device()();
  std::vector<Input> corpus(1);  // the empty input
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (geode::test::read_number(argument, "--seconds=", seconds) ||
        geode::test::read_number(argument, "--seed=", seed)) {
      continue;
    }
    if (std::filesystem::is_directory(argument)) {
      for (const auto& entry : std::filesystem::directory_iterator(argument)) {
        corpus.push_back(read(entry.path()));
      }
    } else {
      corpus.push_back(read(argument));
    }
  }
  std::cout << "seed " << seed << std::endl;
  for (const int signal : {SIGILL, SIGTRAP, SIGSEGV, SIGABRT}) std::signal(signal, save_input);
  for (const Input& input : corpus) run(input);

  std::mt19937_64 random(seed);
  std::uint64_t runs = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (std::chrono::steady_clock::now() < end) {
    Input input = corpus[random() % corpus.size()];
    for (std::uint64_t changes = 1 + random() % 8; changes > 0; --changes) {
      change(input, corpus, random);
    }
    if (input.size() > 4096) input.resize(4096);
    run(input);
    ++runs;
  }
  std::cout << runs << " inputs\n";
  return 0;
}
