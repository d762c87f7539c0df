#pragma once

#include "client/connection.hpp"

namespace geode::cli {

/// A connection with the server. Where it refuses somebody who gave no password, and standard input
/// is a terminal, the password is asked for there, and stays in `options`. Throws Error.
client::Connection log_in(client::ConnectOptions& options);

/// Writes `*` over the passwords of URLs, in place: other accounts see what a process was called
/// with.
void hide_passwords(char** begin, char** end);

}  // namespace geode::cli
