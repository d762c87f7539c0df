#include "security/password_hash.hpp"

#include <argon2.h>
#include <array>
#include <semaphore>
#include <sys/random.h>

#include <geode/error.hpp>

namespace geode::security {
namespace {

constexpr std::uint32_t kKibibytes = 19456, kPasses = 2, kLanes = 1;
constexpr std::size_t kSaltBytes = 16, kHashBytes = 32, kLongest = 1024;
constexpr std::string_view kForm = "$argon2id$v=19$m=19456,t=2,p=1$";

class Turn {
 public:
  Turn() { turns().acquire(); }
  ~Turn() { turns().release(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  static std::counting_semaphore<4>& turns() {
    static std::counting_semaphore<4> semaphore(4);
    return semaphore;
  }
};

}  // namespace

std::string hash_password(std::string_view password) {
  if (password.size() > kLongest) {
    throw Error(status::kInvalidArgument, "a password has at most 1024 bytes");
  }
  std::array<unsigned char, kSaltBytes> salt;
  if (getrandom(salt.data(), salt.size(), 0) != static_cast<ssize_t>(salt.size())) {
    throw Error(status::kIo, "the system gives no random numbers for the salt of a password");
  }
  std::string out(argon2_encodedlen(kPasses, kKibibytes, kLanes, kSaltBytes, kHashBytes, Argon2_id),
                  '\0');
  const Turn turn;
  const int result =
      argon2id_hash_encoded(kPasses, kKibibytes, kLanes, password.data(), password.size(),
                            salt.data(), salt.size(), kHashBytes, out.data(), out.size());
  if (result == ARGON2_MEMORY_ALLOCATION_ERROR) throw std::bad_alloc();
  if (result != ARGON2_OK) throw Error(status::kInternal, argon2_error_message(result));
  out.resize(out.find('\0'));
  return out;
}

bool verify_password(std::string_view password, const std::string& hash) {
  if (password.size() > kLongest || !hash.starts_with("$argon2id$")) {
    verify_nothing({});
    return false;
  }
  const Turn turn;
  const int result = argon2id_verify(hash.c_str(), password.data(), password.size());
  if (result == ARGON2_MEMORY_ALLOCATION_ERROR) throw std::bad_alloc();
  return result == ARGON2_OK;
}

void verify_nothing(std::string_view password) {
  static const std::string hash = hash_password("the password of nobody");
  verify_password(password.size() > kLongest ? std::string_view() : password, hash);
}

bool is_outdated(std::string_view hash) { return !hash.starts_with(kForm); }

}  // namespace geode::security
