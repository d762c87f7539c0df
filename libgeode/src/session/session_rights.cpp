#include "session/security_statements.hpp"
#include "session/session_impl.hpp"

namespace geode {
inline namespace v1 {

namespace {

Error no_user_named() {
  return Error(status::kNotAuthenticated, "there are users now: the session has to name one")
      .hint("connect again with a user and a password");
}

}  // namespace

void Session::Impl::authorize() {
  if (identity == Identity::kProgram) return;
  // Outside of a transaction the next statement reads the same state.
  std::shared_ptr<const catalog::Security> now;
  {
    const session::RunSnapshot latest = begin_read();
    const graph::GraphTransaction::Use use(latest.graph(), std::adopt_lock);
    now = latest.graph().catalog().security();
  }
  if (now == security_) return;
  if (identity == Identity::kOpen && now->has_users()) {
    if (first_user.empty()) throw no_user_named();
    identity = Identity::kUser;
    user = first_user;
    context_.reset();
  }
  if (identity == Identity::kUser) {
    auto access = security::Access::of(user, now);
    if (access == nullptr) {
      throw Error(status::kNotAuthenticated, "the user of the session is gone or suspended");
    }
    state.catalog.access = std::move(access);
  }
  security_ = std::move(now);
}

Result Session::Impl::run_security(const gql::ast::StatementNode& node,
                                   const Parameters& parameters) {
  const session::SecurityStatement statement(node, parameters);
  const bool open = identity == Identity::kOpen;
  auto result = std::make_unique<Result::Impl>();
  result->summary.gqlstatus = status::kOmittedResult;
  write([&](graph::GraphTransaction& graph) {
    // Another session may have been first, while this one waited.
    if (open && first_user.empty() && graph.catalog().security()->has_users()) {
      throw no_user_named();
    }
    graph.reset_changes();
    statement.run(graph, state.catalog, open && first_user.empty());
  });
  if (open && first_user.empty()) first_user = statement.new_user();
  return Result(std::move(result));
}

void Session::Impl::forget_first_user(const graph::GraphTransaction& graph) {
  if (graph.catalog().security()->find(first_user) == nullptr) first_user.clear();
}

}  // namespace v1
}  // namespace geode
