#pragma once

#include <string>

namespace geode::cli {

/// What root made of a database belongs to the owner of its folder afterwards, so that a server with
/// an account of its own can open it. For others than root, and in a folder of root, it does nothing.
/// Throws Error 08X01.
void give_to_owner_of_folder(const std::string& database);

}  // namespace geode::cli
