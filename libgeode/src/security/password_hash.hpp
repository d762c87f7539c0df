#pragma once

#include <string>
#include <string_view>

namespace geode::security {

/// Argon2id (RFC 9106) with 19 MiB, two passes, one lane and 16 random bytes of salt, in the text
/// form that carries them: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`. Throws Error 22023 for a
/// password of more than 1024 bytes.
std::string hash_password(std::string_view password);

/// In the time of one hash whatever the answer; false as well for a text that is no hash. At most
/// four run at once, the others wait: each needs 19 MiB.
bool verify_password(std::string_view password, const std::string& hash);

/// What verify_password() costs, for a user who is not there.
void verify_nothing(std::string_view password);

/// Whether a hash was made with other parameters than hash_password() uses now.
bool is_outdated(std::string_view hash);

}  // namespace geode::security
