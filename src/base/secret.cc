#include "base/secret.h"

#include <sodium.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstring>
#include <utility>

#include "base/secret_reveal.h"

namespace keystile {

Result<SecretBytes> SecretBytes::zeroed(size_t size) {
  if (sodium_init() < 0)
    return fail("secret.memory", "libsodium did not start", ErrorClass::kFatal);
  if (size == 0) return SecretBytes{};
  auto* data = static_cast<char*>(sodium_malloc(size));
  if (!data) {
    return fail("secret.memory",
                "no guarded memory for a secret; raise LimitMEMLOCK or free memory",
                ErrorClass::kFatal);
  }
  std::memset(data, 0, size);
  return SecretBytes(data, size);
}

Result<SecretBytes> SecretBytes::copy_of(std::string_view bytes) {
  KS_TRY(SecretBytes secret, zeroed(bytes.size()));
  if (!bytes.empty()) std::memcpy(secret.data_, bytes.data(), bytes.size());
  return secret;
}

Result<SecretBytes> SecretBytes::random(size_t size) {
  KS_TRY(SecretBytes secret, zeroed(size));
  if (size > 0) randombytes_buf(secret.data_, size);
  return secret;
}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

SecretBytes::~SecretBytes() { sodium_free(data_); }

bool SecretBytes::equals(std::string_view other) const {
  return size_ == other.size() && (size_ == 0 || sodium_memcmp(data_, other.data(), size_) == 0);
}

bool SecretBytes::operator==(const SecretBytes& other) const {
  return equals({other.data_, other.size_});
}

Result<SecretBytes> SecretBytes::copy(const RevealToken&) const { return copy_of({data_, size_}); }

void wipe(std::string* text) {
  if (!text->empty()) sodium_memzero(text->data(), text->size());
  text->clear();
}

Status harden_process() {
  if (sodium_init() < 0) {
    return fail("process.harden", "libsodium did not start", ErrorClass::kFatal);
  }
  const rlimit none{0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0) {
    return fail("process.harden", "core dumps could not be turned off", ErrorClass::kFatal);
  }
  return {};
}

size_t locked_memory_bytes() {
  rlimit limit{};
  if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0) return 0;
  return limit.rlim_cur == RLIM_INFINITY ? SIZE_MAX : limit.rlim_cur;
}

}  // namespace keystile
