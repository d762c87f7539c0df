#include <algorithm>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include <geode/error.hpp>
#include "base/running_limits.hpp"
#include "gql/function/aggregate_rows.hpp"
#include "gql/function/arguments.hpp"
#include "value/cast.hpp"

namespace geode::gql {

namespace {

using Columns = std::span<const value::Vector* const>;
using Rows = std::span<const std::uint32_t>;
using value::Type;

// ---- lists

constexpr std::size_t kLargeList = 4096;
constexpr std::size_t kLargeText = std::size_t{64} << 10;

struct Collected {
  List values;
  std::size_t content_bytes = 0;
};

void update_collected(Columns arguments, Rows rows, const std::uint32_t* groups,
                      const std::uint64_t* multiplicity, std::byte* states, std::size_t stride) {
  const AggregateInput input{arguments, rows, groups, multiplicity, states, stride};
  add_rows<Collected>(input, [&](Collected& list, std::uint32_t row, std::uint64_t times) {
    Value value = arguments[0]->get(row);
    list.content_bytes += value.heap_bytes();
    if (list.values.size() + times > list.values.capacity()) {
      // The list grows by as much again, beside what it was.
      const std::size_t grown = std::max<std::size_t>(2 * list.values.size(), times);
      if (grown > kLargeList) base::check_room(grown * sizeof(Value));
      list.values.reserve(std::max<std::size_t>(grown, 4));
    }
    // Copies share the text.
    for (; times > 1; --times) list.values.push_back(value);
    if (times == 1) list.values.push_back(std::move(value));
  });
}

void combine_collected(std::byte* into, const std::byte* from) {
  Collected& list = as_state<Collected>(into);
  const Collected& other = as_state<Collected>(from);
  list.values.insert(list.values.end(), other.values.begin(), other.values.end());
  list.content_bytes += other.content_bytes;
}

Type collected_type(std::span<const Type> arguments) {
  return Type::list_of(arguments[0].without_null());
}

// ---- texts

struct Joined {
  std::optional<std::string> text;
  std::string separator = ",";
};

void append(Joined& joined, std::string_view text) {
  if (!joined.text) {
    joined.text.emplace(text);
    return;
  }
  if (joined.text->size() > kLargeText &&
      joined.text->size() + joined.separator.size() + text.size() > joined.text->capacity())
    base::check_room(2 * joined.text->capacity() + text.size());
  *joined.text += joined.separator;
  *joined.text += text;
}

void update_joined(Columns arguments, Rows rows, const std::uint32_t* groups,
                   const std::uint64_t* multiplicity, std::byte* states, std::size_t stride) {
  const AggregateInput input{arguments, rows, groups, multiplicity, states, stride};
  add_rows<Joined>(input, [&](Joined& joined, std::uint32_t row, std::uint64_t times) {
    if (arguments.size() > 1) {
      const Value separator = arguments[1]->get(row);
      if (!separator.is_null() && separator.type() != ValueType::kString) {
        throw Error(status::kInvalidValueType, "the separator of joined texts is a string, got " +
                                                   std::string(type_name(separator.type())))
            .category("TypeError", "InvalidArgumentType");
      }
      joined.separator = separator.is_null() ? std::string() : std::string(separator.as_string());
    }
    const std::string text = value::text_of(arguments[0]->get(row));
    for (; times > 0; --times) append(joined, text);
  });
}

void combine_joined(std::byte* into, const std::byte* from) {
  const Joined& other = as_state<Joined>(from);
  if (!other.text) return;
  Joined& joined = as_state<Joined>(into);
  joined.separator = other.separator;
  append(joined, *other.text);
}

}  // namespace

void register_collecting_aggregates(FunctionRegistry& registry) {
  add_aggregate(registry, {"collect", "collect_list"},
                {.name = {},
                 .minimum_arguments = 1,
                 .maximum_arguments = 1,
                 .result = list_type(),
                 .state_size = sizeof(Collected),
                 .init = init_state<Collected>,
                 .destroy = destroy_state<Collected>,
                 .relocate = relocator<Collected>(),
                 .update = update_collected,
                 .combine = combine_collected,
                 .finish = [](const std::byte* state) -> Value {
                   const List& values = as_state<Collected>(state).values;
                   if (values.size() > kLargeList) base::check_room(values.size() * sizeof(Value));
                   return values;
                 },
                 .typer = collected_type,
                 .signature = "(value ANY) :: LIST",
                 .description = "The list of the values that are not null.",
                 .extra_bytes =
                     [](const std::byte* state) {
                       const Collected& list = as_state<Collected>(state);
                       return list.values.capacity() * sizeof(Value) + list.content_bytes;
                     },
                 .in_order = true});
  add_aggregate(registry, {"group_concat", "listagg", "string_agg"},
                {.name = {},
                 .minimum_arguments = 1,
                 .maximum_arguments = 2,
                 .result = Type::nullable(ValueType::kString),
                 .state_size = sizeof(Joined),
                 .init = init_state<Joined>,
                 .destroy = destroy_state<Joined>,
                 .relocate = relocator<Joined>(),
                 .update = update_joined,
                 .combine = combine_joined,
                 .finish = [](const std::byte* state) -> Value {
                   const Joined& joined = as_state<Joined>(state);
                   if (!joined.text) return {};
                   if (joined.text->size() > kLargeText) base::check_room(joined.text->size());
                   return *joined.text;
                 },
                 .signature = "(value ANY [, separator STRING]) :: STRING",
                 .description = "The texts of the values with a separator, a comma by default.",
                 .extra_bytes =
                     [](const std::byte* state) {
                       const Joined& joined = as_state<Joined>(state);
                       return joined.text ? joined.text->capacity() : std::size_t{0};
                     },
                 .in_order = true});
}

}  // namespace geode::gql
