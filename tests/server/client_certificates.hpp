#pragma once

#include <string>

namespace geode::test {

/// An address of this machine by which it looks like another one; "" when there is none.
std::string other_address();
/// A CA, and a certificate for clients that it signed: ca.pem, client.pem, client.key in `folder`.
void make_client_certificates(const std::string& folder);

}  // namespace geode::test
