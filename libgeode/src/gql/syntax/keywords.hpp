#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace geode::gql {

/// Words that mean something somewhere in the grammar. None of them is reserved everywhere: a word
/// in the place of a name is a name.
// clang-format off
enum class Keyword : std::uint16_t {
  kNotAKeyword, kAbsent, kAcyclic, kAll, kAlter, kAnalyze, kAnd, kAny, kArray, kAs, kAsc,
  kAscending, kAssert, kAt, kBegin, kBetween, kBig, kBigint, kBinary, kBindings, kBool, kBoolean,
  kBoth, kBy, kBytes, kCall, kCase, kCast, kChar, kCharacteristics, kClose, kCollect, kColumns,
  kCommit, kConstraint, kConstraints, kContains, kCount, kCreate, kCurrentDate, kCurrentGraph,
  kCurrentPropertyGraph, kCurrentTime, kCurrentTimestamp, kDate, kDatetime, kDay, kDays, kDec,
  kDecimal, kDelete, kDesc, kDescending, kDestination, kDetach, kDifferent, kDimension,
  kDimensions, kDirected, kDistinct, kDouble, kDrop, kDuration, kEdge, kEdges, kElement,
  kElements, kElse, kEnd, kEnds, kExcept, kExists, kExplain, kFalse, kFetch, kFilter, kFinish,
  kFirst, kFloat, kFor, kForeach, kFrom, kFulltext, kFunction, kFunctions, kGrant, kGraph,
  kGraphs, kGraphTable, kGroup, kGroups, kHash, kHaving, kHomeGraph, kHour, kHours, kIf, kIn,
  kIndex, kIndexes, kInsert, kInt, kInteger, kIntersect, kInterval, kIs, kIsolation, kKeep, kKey,
  kKeys, kKill, kLabel, kLabeled, kLabels, kLast, kLeading, kLet, kLevel, kLike, kLimit, kList,
  kLocal, kLocalTime, kLocalTimestamp, kLookup, kMap, kMatch, kMerge, kMetric, kMinute, kMinutes,
  kMonth, kMonths, kNext, kNfc, kNfd, kNfkc, kNfkd, kNode, kNodes, kNodetach, kNone, kNormalized,
  kNot, kNothing, kNull, kNulls, kNumeric, kOf, kOffset, kOn, kOnly, kOptional, kOptions, kOr,
  kOrder, kOrdinality, kOtherwise, kParameter, kParameters, kPath, kPaths, kPing, kPoint,
  kPrecision, kProcedure, kProcedures, kProfile, kProperty, kQuery, kRange, kRead, kReal, kRecord,
  kReduce, kRelationship, kRelationships, kRelease, kRemove, kRepeatable, kReplace, kRequire,
  kReset, kReturn, kRevoke, kRollback, kRow, kRows, kSavepoint, kSchema, kSchemas, kSecond, kSeconds,
  kSelect, kSession, kSessionUser, kSet, kSetting, kSettings, kShortest, kShow, kSigned, kSimple,
  kSingle, kSkip, kSmall, kSmallint, kSource, kSpatial, kStart, kStarts, kString, kTable, kText,
  kThen, kTime, kTimestamp, kTimestamptz, kTimetz, kTo, kTrail, kTrailing, kTransaction,
  kTransactions, kTrim, kTrue, kType, kTyped, kTypes, kUnion, kUnique, kUnknown, kUnsigned,
  kUnwind, kUse, kUsing, kValue, kVarbinary, kVarchar, kVector, kVertex, kWalk, kWeek, kWeeks,
  kWhen, kWhere, kWith, kWithout, kWork, kWrite, kXor, kYear, kYears, kYield, kZone, kZoned,
};
// clang-format on

/// The keyword that `word` spells, whatever its case; kNotAKeyword when it spells none.
Keyword find_keyword(std::string_view word);

/// True when `word` is `upper_case` in any case of letters.
bool equals_ignoring_case(std::string_view word, std::string_view upper_case);

/// The upper-case spelling.
std::string_view spelling(Keyword keyword);

/// The candidate that `word` was probably meant to be: by the number of letters left out, put in,
/// replaced or swapped. kNotAKeyword when none is near.
Keyword nearest_keyword(std::string_view word, std::initializer_list<Keyword> candidates);

}  // namespace geode::gql
