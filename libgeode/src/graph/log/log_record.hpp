#pragma once

#include <cstdint>
#include <string>

#include "storage/transaction.hpp"

namespace geode::graph {

/// A change as it was resolved: ids and final values, nothing that is left to be worked out but
/// what follows from the state before it. So the same changes made to the same state give the same
/// state. The numbers are those of the file. Fields follow the operation in the order given; ids
/// and counts are varints, texts are a size and bytes (storage/byte_reader.hpp), a value is in the
/// value codec.
enum class LogOperation : std::uint8_t {
  kInternLabel = 1,        ///< graph, name
  kInternEdgeLabel = 2,    ///< graph, directed u8, name
  kInternPropertyKey = 3,  ///< name
  kInsertNode = 4,  ///< node, graph, count of labels, labels, count of properties, (key, value)
  kInsertEdge = 5,  ///< label, number, source, target, count of properties, (key, value)
  kSetNodeProperty = 6,    ///< node, key, value; null removes
  kSetEdgeProperty = 7,    ///< label, number, key, value; null removes
  kAddLabel = 8,           ///< node, label
  kRemoveLabel = 9,        ///< node, label
  kDeleteNode = 10,        ///< node, 1 when its edges go with it u8
  kDeleteEdge = 11,        ///< label, number, source, target
  kCreateIndex = 12,       ///< definition
  kDropIndex = 13,         ///< graph, name
  kCreateConstraint = 14,  ///< definition
  kDropConstraint = 15,    ///< graph, name
  kCreateGraph = 16,       ///< schema, name
  kSetGraphType = 17,      ///< graph, definition of a graph type; empty: none
  kPutGraphType = 18,      ///< definition of a graph type
  kDropGraphType = 19,     ///< schema, name
  kCreateSchema = 20,      ///< path
  kDropSchema = 21,        ///< path
  kDropGraph = 22,         ///< graph
  kCopyGraph = 23,         ///< from, to
  kBeginNodes =
      24,          ///< graph, first node, count of labels, their names, count of keys, their names
  kNodeRows = 25,  ///< count of rows, then column by column the value of each row
  kEndNodes = 26,
  kBeginEdges = 27,  ///< graph, name of the label, count of keys, their names
  /// count of edges, all of them as a text: source u32, target u32 and, when there are keys, the
  /// properties as in an EdgeBlock. Those with the same ends are in the order of their numbers.
  kEdgeBlock = 28,
  kEndEdges = 29,
  kPutSecurity = 30,   ///< key and value of an entry of the catalog (catalog/security.hpp)
  kDropSecurity = 31,  ///< its key
};

/// What stands before the operations of a part of a record. A record is what one commit changed; it
/// has one part, or more when it is long.
///
/// Bytes of a part: size u32 of the whole part, crc32c u32 of all behind it, lsn u64, term u64,
/// commit time i64, origin u32, flags u32, part u32, operations u32; then the operations.
struct LogPartHeader {
  static constexpr std::size_t kBytes = 48;
  static constexpr std::uint32_t kLast = 1;  ///< of its record
  /// Of the last part: the record has tables that were loaded in bulk. A transaction does not see
  /// what it loads, so such a record is applied in one of its own.
  static constexpr std::uint32_t kLoads = 2;

  std::uint64_t lsn = 0;
  std::uint64_t term = 0;  ///< of a replicated log; else 0
  /// Microseconds since 1970; 0 but in the last part.
  std::int64_t commit_time = 0;
  std::uint32_t origin = 0;  ///< who wrote it, in a replicated log; else 0
  std::uint32_t flags = 0;
  std::uint32_t part = 0;
  std::uint32_t operations = 0;

  bool last() const { return (flags & kLast) != 0; }
  bool loads() const { return (flags & kLoads) != 0; }
};

struct LogPart {
  LogPartHeader header;
  storage::ByteView operations;
};

std::string encode_log_part(const LogPartHeader& header, std::string_view operations);
/// The part that fills `bytes`. Throws Error 58X02 when they are none.
LogPart decode_log_part(storage::ByteView bytes);
/// The part that begins `bytes`, which then begins behind it.
LogPart take_log_part(storage::ByteView& bytes);

}  // namespace geode::graph
