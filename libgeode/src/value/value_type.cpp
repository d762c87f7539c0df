#include "value/value_type.hpp"

#include <vector>

namespace geode::value {

Type Type::list_of(const Type& element) {
  return Type{bit(ValueType::kList), std::make_shared<const Type>(element)};
}

Type Type::of_value(const Value& value) {
  if (value.type() != ValueType::kList) return of(value.type());
  Type element = none();
  for (const Value& item : value.as_list()) element = element.unite(of_value(item));
  return list_of(element);
}

Type Type::unite(const Type& other) const {
  Type result{kinds | other.kinds, nullptr};
  const bool here = may_be(ValueType::kList);
  const bool there = other.may_be(ValueType::kList);
  if (here && there) {
    // The elements stay known only when they are known on both sides.
    if (element && other.element) {
      result.element = *element == *other.element
                           ? element
                           : std::make_shared<const Type>(element->unite(*other.element));
    }
  } else if (here) {
    result.element = element;
  } else if (there) {
    result.element = other.element;
  }
  return result;
}

std::string Type::name() const {
  if (is_any()) return "any value";
  if ((kinds | kNullKind) == kAllKinds) return "any value but null";
  std::vector<std::string> names;
  for (unsigned i = 1; i <= static_cast<unsigned>(kLastValueType); ++i) {
    const auto type = static_cast<ValueType>(i);
    if (!may_be(type)) continue;
    std::string text(type_name(type));
    if (type == ValueType::kList && element && !element->is_any()) {
      text += '<' + (element->is_none() ? std::string("nothing") : element->name()) + '>';
    }
    names.push_back(std::move(text));
  }
  if (names.empty()) return is_none() ? "no value" : "NULL";
  std::string result = names.front();
  for (std::size_t i = 1; i < names.size(); ++i) {
    result += (i + 1 == names.size() ? " or " : ", ") + names[i];
  }
  return result;
}

bool operator==(const Type& a, const Type& b) {
  if (a.kinds != b.kinds) return false;
  if (a.element == b.element) return true;
  return a.element && b.element && *a.element == *b.element;
}

}  // namespace geode::value
