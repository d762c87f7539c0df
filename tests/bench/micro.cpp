// The innermost loops alone: reading chunks, hashing, comparing and sorting values, and single
// operators through a prepared statement. Not part of `make test`: build the target geode_micro.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>

#include <geode/geode.hpp>
#include "graph/chunk/adjacency_chunk.hpp"
#include "graph/chunk/column_chunk.hpp"
#include "graph/chunk/column_encoder.hpp"
#include "numbers.hpp"
#include "value/compare.hpp"
#include "value/hash.hpp"
#include "value/vector.hpp"

namespace {

using geode::bench::Numbers;

geode::storage::ByteView view(const std::vector<std::byte>& bytes) {
  return {bytes.data(), bytes.size()};
}

void set_rate(benchmark::State& state, std::size_t items) {
  state.SetItemsProcessed(static_cast<std::int64_t>(items) * state.iterations());
}

/// The argument is the share of nodes, in percent, that have edges: few give the sparse form.
void decode_adjacency(benchmark::State& state) {
  constexpr std::uint32_t kNodes = 512;
  Numbers numbers(1);
  std::vector<std::uint32_t> offsets{0}, neighbours;
  for (std::uint32_t node = 0; node < kNodes; ++node) {
    if (numbers.below(100) < state.range(0)) {
      for (int i = 0; i < 20; ++i) neighbours.push_back(numbers.below(1'000'000));
      std::sort(neighbours.end() - 20, neighbours.end());
    }
    offsets.push_back(static_cast<std::uint32_t>(neighbours.size()));
  }
  geode::graph::AdjacencyArrays arrays;
  arrays.offsets = offsets;
  arrays.neighbours = neighbours;
  std::vector<std::byte> bytes;
  geode::graph::encode_adjacency(arrays, 0, bytes);
  std::uint64_t sum = 0;
  for (auto _ : state) {
    const geode::graph::AdjacencyView chunk(view(bytes));
    for (std::uint32_t node = 0; node < kNodes; ++node) {
      const auto range = chunk.range(node);
      for (std::uint32_t i = range.begin; i < range.end; ++i) sum += chunk.neighbours()[i];
    }
  }
  benchmark::DoNotOptimize(sum);
  set_rate(state, neighbours.size());
}
BENCHMARK(decode_adjacency)->Arg(100)->Arg(5);

/// The argument is the range of the integers: it decides in how many bytes each is stored.
void decode_integers(benchmark::State& state) {
  constexpr std::uint32_t kRows = 4096;
  Numbers numbers(2);
  geode::graph::ColumnEncoder encoder;
  for (std::uint32_t row = 0; row < kRows; ++row) {
    encoder.set_integer(row, geode::ValueType::kInt64,
                        numbers.below(static_cast<std::uint32_t>(state.range(0))));
  }
  std::vector<std::byte> bytes;
  encoder.encode(0, bytes);
  std::vector<std::int64_t> out(kRows);
  for (auto _ : state) {
    const geode::graph::ColumnView column(view(bytes));
    column.integers(0, kRows, out.data());
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  set_rate(state, kRows);
}
BENCHMARK(decode_integers)->Arg(200)->Arg(60'000)->Arg(1'000'000'000);

/// The argument is the number of different strings.
void decode_strings(benchmark::State& state) {
  constexpr std::uint32_t kRows = 4096;
  Numbers numbers(3);
  geode::graph::ColumnEncoder encoder;
  for (std::uint32_t row = 0; row < kRows; ++row) {
    encoder.set_string(
        row, "text " + std::to_string(numbers.below(static_cast<std::uint32_t>(state.range(0)))));
  }
  std::vector<std::byte> bytes;
  encoder.encode(0, bytes);
  std::size_t length = 0;
  for (auto _ : state) {
    const geode::graph::ColumnView column(view(bytes));
    for (std::uint32_t row = 0; row < kRows; ++row) length += column.string(row).size();
  }
  benchmark::DoNotOptimize(length);
  set_rate(state, kRows);
}
BENCHMARK(decode_strings)->Arg(20)->Arg(2'000)->Arg(1'000'000);

geode::value::Vector make_vector(geode::value::Physical physical) {
  geode::value::Vector vector;
  vector.reset(physical);
  Numbers numbers(4);
  for (std::uint32_t i = 0; i < geode::value::kBatchRows; ++i) {
    const std::uint32_t number = numbers.below(100'000);
    switch (physical) {
      case geode::value::Physical::kInt64:
        vector.mutable_data<std::int64_t>()[i] = number;
        break;
      case geode::value::Physical::kString:
        vector.mutable_data<std::string_view>()[i] =
            vector.arena().store("text " + std::to_string(number));
        break;
      default:
        vector.set(i, geode::Value(number), i);
    }
  }
  return vector;
}

void hash_vector(benchmark::State& state) {
  const auto vector = make_vector(static_cast<geode::value::Physical>(state.range(0)));
  std::vector<std::uint64_t> hashes(geode::value::kBatchRows);
  for (auto _ : state) {
    geode::value::combine_hashes(vector, hashes);
    benchmark::DoNotOptimize(hashes.data());
    benchmark::ClobberMemory();
  }
  set_rate(state, hashes.size());
}
BENCHMARK(hash_vector)
    ->Arg(static_cast<int>(geode::value::Physical::kInt64))
    ->Arg(static_cast<int>(geode::value::Physical::kString))
    ->Arg(static_cast<int>(geode::value::Physical::kAny));

void sort_values(benchmark::State& state) {
  Numbers numbers(5);
  std::vector<geode::Value> values;
  for (int i = 0; i < 10'000; ++i) {
    const std::uint32_t number = numbers.below(1'000'000);
    values.push_back(state.range(0) == 0 ? geode::Value(number)
                                         : geode::Value("text " + std::to_string(number)));
  }
  for (auto _ : state) {
    state.PauseTiming();
    std::vector<geode::Value> copy = values;
    state.ResumeTiming();
    std::sort(copy.begin(), copy.end(), [](const geode::Value& a, const geode::Value& b) {
      return geode::value::order(a, b) < 0;
    });
    benchmark::DoNotOptimize(copy.data());
  }
  set_rate(state, values.size());
}
BENCHMARK(sort_values)->Arg(0)->Arg(1);

/// A graph in memory of 20,000 nodes with ten edges each.
geode::Database& small_graph() {
  static geode::Database* const database = [] {
    static geode::Database made;
    geode::Transaction transaction = made.begin_write();
    Numbers numbers(6);
    std::vector<geode::NodeId> nodes;
    for (int i = 0; i < 20'000; ++i) {
      nodes.push_back(
          transaction.insert_node({"P"}, {{"x", static_cast<int>(numbers.below(1000))}}));
    }
    for (const geode::NodeId node : nodes) {
      for (int i = 0; i < 10; ++i) transaction.insert_edge(node, nodes[numbers.below(20'000)], "E");
    }
    transaction.commit();
    return &made;
  }();
  return *database;
}

void statement(benchmark::State& state, const char* text, std::size_t items) {
  geode::Session session = small_graph().session();
  geode::PreparedStatement prepared = session.prepare(text);
  std::vector<geode::ColumnView> columns;
  for (auto _ : state) {
    geode::Result result = prepared.execute();
    while (result.next_batch(columns)) benchmark::DoNotOptimize(columns.data());
  }
  set_rate(state, items);
}
BENCHMARK_CAPTURE(statement, expand, "MATCH (:P)-[:E]->(b) RETURN sum(b.x)", 200'000);
BENCHMARK_CAPTURE(statement, evaluate, "UNWIND range(1, 100000) AS i RETURN sum((i * 3 + 1) % 7)",
                  100'000);
BENCHMARK_CAPTURE(statement, filter, "MATCH (a:P) WHERE a.x > 300 AND a.x < 700 RETURN count(*)",
                  20'000);
BENCHMARK_CAPTURE(statement, group, "MATCH (a:P) RETURN a.x AS x, count(*) AS n", 20'000);
BENCHMARK_CAPTURE(statement, sort, "MATCH (a:P) RETURN a.x AS x ORDER BY x", 20'000);
BENCHMARK_CAPTURE(statement, top, "MATCH (a:P) RETURN a.x AS x ORDER BY x DESC LIMIT 10", 20'000);

}  // namespace

BENCHMARK_MAIN();
