#include "temp_directory.hpp"

#include <cstdlib>
#include <system_error>

namespace geode::test {

TempDirectory::TempDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "geode-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), name);
  }
  path_ = name;
}

TempDirectory::~TempDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace geode::test
