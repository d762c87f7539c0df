#include "catalog/security.hpp"

#include <algorithm>
#include <tuple>

#include <geode/error.hpp>
#include "base/bytes.hpp"
#include "storage/byte_reader.hpp"
#include "storage/value_codec.hpp"

namespace geode::catalog {
namespace {

constexpr char kPrincipalKey = 0x1a, kPolicyKey = 0x1b, kTableKey = 0x1c;
constexpr unsigned kRole = 1, kSuspended = 2, kNarrowed = 4;

[[noreturn]] void corrupt() {
  throw Error(status::kCorrupt, "an entry of the catalog about users and policies is damaged");
}

auto place(const Policy& policy) { return std::tie(policy.graph, policy.label, policy.name); }
auto place(const RowSecurity& table) { return std::tie(table.graph, table.label); }
auto place(const Principal& principal) { return std::tie(principal.name); }

template <class Definition>
void insert_sorted(std::vector<Definition>& all, Definition definition) {
  const auto at = std::lower_bound(
      all.begin(), all.end(), definition,
      [](const Definition& a, const Definition& b) { return place(a) < place(b); });
  if (at != all.end() && place(*at) == place(definition)) {
    *at = std::move(definition);
  } else {
    all.insert(at, std::move(definition));
  }
}

void put_texts(std::string& out, const std::vector<std::string>& texts) {
  storage::put_varint(out, texts.size());
  for (const std::string& text : texts) storage::put_text(out, text);
}

std::vector<std::string> take_texts(storage::ByteReader& in) {
  std::vector<std::string> out(in.count_of(1));
  for (std::string& text : out) text = in.text();
  return out;
}

template <class Enumeration>
Enumeration take_enumeration(storage::ByteReader& in, Enumeration last) {
  const std::uint8_t number = in.byte();
  if (number > static_cast<std::uint8_t>(last)) corrupt();
  return Enumeration{number};
}

GraphId take_graph(storage::ByteReader& in) {
  const storage::ByteView bytes = in.bytes(4);
  return GraphId{base::load_be<std::uint32_t>(bytes.data())};
}

std::string table_key(char kind, GraphId graph, std::string_view label) {
  std::string key(1, kind);
  base::append_be(key, static_cast<std::uint32_t>(graph));
  key += label;
  return key;
}

Principal decode_principal(std::string_view name, storage::ByteReader& in) {
  Principal out;
  out.name = name;
  const std::uint8_t flags = in.byte();
  if (flags > (kRole | kSuspended | kNarrowed)) corrupt();
  out.is_role = (flags & kRole) != 0;
  out.suspended = (flags & kSuspended) != 0;
  out.narrowed = (flags & kNarrowed) != 0;
  out.password_hash = in.text();
  out.roles = take_texts(in);
  out.grants.resize(in.count_of(6));
  for (Grant& grant : out.grants) {
    grant.privilege = take_enumeration(in, Privilege::kAdministration);
    grant.graph = take_graph(in);
    grant.label = in.text();
  }
  const std::size_t attributes = in.count_of(2);
  for (std::size_t i = 0; i < attributes; ++i) {
    std::string attribute(in.text());
    storage::ByteView rest = in.left();
    Value value = storage::take_value(rest);
    in.bytes(in.left().size() - rest.size());
    out.attributes.emplace_back(std::move(attribute), std::move(value));
  }
  return out;
}

/// Graph, label and, of a policy, name.
Policy decode_policy_key(storage::ByteReader key) {
  Policy out;
  out.graph = take_graph(key);
  const std::string_view rest = storage::as_text(key.left());
  const std::size_t end = rest.find('\0');
  if (end == std::string_view::npos) corrupt();
  out.label = rest.substr(0, end);
  out.name = rest.substr(end + 1);
  return out;
}

RowSecurity decode_table_key(storage::ByteReader key) {
  RowSecurity out;
  out.graph = take_graph(key);
  out.label = storage::as_text(key.left());
  return out;
}

}  // namespace

bool is_builtin_role(std::string_view name) {
  return name == kAdministrator || name == kWriter || name == kReader;
}

const Principal* Security::find(std::string_view name) const {
  const auto at = std::lower_bound(
      principals.begin(), principals.end(), name,
      [](const Principal& principal, std::string_view wanted) { return principal.name < wanted; });
  return at != principals.end() && at->name == name ? &*at : nullptr;
}

const RowSecurity* Security::table(GraphId graph, std::string_view label) const {
  const auto at = std::find_if(tables.begin(), tables.end(), [&](const RowSecurity& table) {
    return table.graph == graph && table.label == label;
  });
  return at != tables.end() ? &*at : nullptr;
}

const Policy* Security::policy(GraphId graph, std::string_view label, std::string_view name) const {
  const auto at = std::find_if(policies.begin(), policies.end(), [&](const Policy& policy) {
    return policy.graph == graph && policy.label == label && policy.name == name;
  });
  return at != policies.end() ? &*at : nullptr;
}

bool Security::has_users() const {
  return std::any_of(principals.begin(), principals.end(),
                     [](const Principal& principal) { return !principal.is_role; });
}

SecurityEntry security_entry(const Principal& principal) {
  SecurityEntry out{principal_key(principal.name), {}};
  out.value +=
      static_cast<char>((principal.is_role ? kRole : 0) | (principal.suspended ? kSuspended : 0) |
                        (principal.narrowed ? kNarrowed : 0));
  storage::put_text(out.value, principal.password_hash);
  put_texts(out.value, principal.roles);
  storage::put_varint(out.value, principal.grants.size());
  for (const Grant& grant : principal.grants) {
    out.value += static_cast<char>(grant.privilege);
    base::append_be(out.value, static_cast<std::uint32_t>(grant.graph));
    storage::put_text(out.value, grant.label);
  }
  storage::put_varint(out.value, principal.attributes.size());
  for (const auto& [name, value] : principal.attributes) {
    storage::put_text(out.value, name);
    storage::encode_value(value, out.value);
  }
  return out;
}

SecurityEntry security_entry(const Policy& policy) {
  SecurityEntry out{policy_key(policy.graph, policy.label, policy.name), {}};
  out.value += static_cast<char>(policy.command);
  out.value += static_cast<char>(policy.restrictive ? 1 : 0);
  put_texts(out.value, policy.principals);
  storage::put_text(out.value, policy.alias);
  storage::put_text(out.value, policy.using_condition);
  storage::put_text(out.value, policy.check_condition);
  return out;
}

SecurityEntry security_entry(const RowSecurity& table) {
  SecurityEntry out{table_key(kTableKey, table.graph, table.label), {}};
  out.value += static_cast<char>(table.enabled ? 1 : 0);
  out.value += static_cast<char>(table.forced ? 1 : 0);
  return out;
}

std::string principal_key(std::string_view name) { return kPrincipalKey + std::string(name); }

std::string policy_key(GraphId graph, std::string_view label, std::string_view name) {
  return table_key(kPolicyKey, graph, label) + '\0' + std::string(name);
}

bool is_security_key(storage::ByteView key) {
  const char kind = key.empty() ? '\0' : static_cast<char>(key[0]);
  return kind == kPrincipalKey || kind == kPolicyKey || kind == kTableKey;
}

void put_security(Security& security, storage::ByteView key, storage::ByteView value) {
  if (!is_security_key(key)) corrupt();
  const char kind = static_cast<char>(key[0]);
  storage::ByteReader in(value);
  if (kind == kPrincipalKey) {
    insert_sorted(security.principals, decode_principal(storage::as_text(key.subspan(1)), in));
  } else if (kind == kPolicyKey) {
    Policy policy = decode_policy_key(storage::ByteReader(key.subspan(1)));
    policy.command = take_enumeration(in, PolicyCommand::kDelete);
    policy.restrictive = in.byte() != 0;
    policy.principals = take_texts(in);
    policy.alias = in.text();
    policy.using_condition = in.text();
    policy.check_condition = in.text();
    insert_sorted(security.policies, std::move(policy));
  } else {
    RowSecurity table = decode_table_key(storage::ByteReader(key.subspan(1)));
    table.enabled = in.byte() != 0;
    table.forced = in.byte() != 0;
    insert_sorted(security.tables, std::move(table));
  }
  if (!in.left().empty()) corrupt();
}

void drop_security(Security& security, storage::ByteView key) {
  if (!is_security_key(key)) corrupt();
  const char kind = static_cast<char>(key[0]);
  if (kind == kPrincipalKey) {
    const std::string_view name = storage::as_text(key.subspan(1));
    std::erase_if(security.principals, [&](const Principal& each) { return each.name == name; });
  } else if (kind == kPolicyKey) {
    const Policy gone = decode_policy_key(storage::ByteReader(key.subspan(1)));
    std::erase_if(security.policies,
                  [&](const Policy& each) { return place(each) == place(gone); });
  } else {
    const RowSecurity gone = decode_table_key(storage::ByteReader(key.subspan(1)));
    std::erase_if(security.tables,
                  [&](const RowSecurity& each) { return place(each) == place(gone); });
  }
}

std::vector<std::string> security_keys_of(const Security& security, GraphId graph) {
  std::vector<std::string> out;
  for (const Policy& policy : security.policies) {
    if (policy.graph == graph) out.push_back(policy_key(graph, policy.label, policy.name));
  }
  for (const RowSecurity& table : security.tables) {
    if (table.graph == graph) out.push_back(table_key(kTableKey, graph, table.label));
  }
  return out;
}

}  // namespace geode::catalog
