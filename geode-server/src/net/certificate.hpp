#pragma once

#include <string>

#include "server.hpp"

namespace geode::server {

struct CertificateFiles {
  std::string certificate, key;
};

/// A certificate that signs itself, for localhost, 127.0.0.1, ::1 and the name of this machine, in
/// `folder`: development-certificate.pem and, readable by its owner alone, development-key.pem.
/// Made when there is none, or when it is about to end. Throws Error 08X01.
CertificateFiles development_certificate(const std::string& folder);

/// Those of the options, else the development certificate. Throws Error 08X01.
CertificateFiles certificate_files(const ServerOptions& options);

}  // namespace geode::server
