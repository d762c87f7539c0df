#include "client_certificates.hpp"

#include <arpa/inet.h>
#include <cstdlib>
#include <ifaddrs.h>
#include <memory>
#include <netinet/in.h>

#include <catch2/catch.hpp>

namespace geode::test {

std::string other_address() {
  ifaddrs* found = nullptr;
  if (::getifaddrs(&found) != 0) return "";
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> all(found, ::freeifaddrs);
  for (const ifaddrs* entry = found; entry; entry = entry->ifa_next) {
    if (!entry->ifa_addr || entry->ifa_addr->sa_family != AF_INET) continue;
    const auto& address = reinterpret_cast<const sockaddr_in&>(*entry->ifa_addr).sin_addr;
    if ((ntohl(address.s_addr) >> 24) == 127) continue;
    char text[INET_ADDRSTRLEN];
    return ::inet_ntop(AF_INET, &address, text, sizeof text);
  }
  return "";
}

void make_client_certificates(const std::string& folder) {
  const std::string script =
      "cd '" + folder +
      "' && exec >/dev/null 2>&1 && "
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key"
      " -out ca.pem -subj /CN=ca -days 2 && "
      "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout client.key"
      " -out client.csr -subj /CN=ada && "
      "openssl x509 -req -in client.csr -CA ca.pem -CAkey ca.key -CAcreateserial"
      " -out client.pem -days 2";
  REQUIRE(std::system(script.c_str()) == 0);
}

}  // namespace geode::test
