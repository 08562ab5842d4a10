#include "base/secret.h"

#include <sodium.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstring>
#include <mutex>
#include <utility>

#include "base/secret_reveal.h"

namespace keystile {

namespace {

// Each sodium_malloc() takes four pages and three of the mappings of which the kernel grants a
// process 65530, so 100,000 keys of their own would not open. Small secrets share pages: cells of
// one size in a locked, guarded slab. A cell is wiped when freed and then used again; slabs stay.
class Cells {
 public:
  static constexpr size_t kCell = 256;

  char* take() {
    const std::lock_guard guard(mutex_);
    if (!free_) grow();
    char* const cell = free_;
    if (cell) std::memcpy(&free_, cell, sizeof free_);
    return cell;
  }
  void give_back(char* cell) {
    sodium_memzero(cell, kCell);
    const std::lock_guard guard(mutex_);
    chain(cell);
  }

 private:
  static constexpr size_t kCellsInSlab = 64;

  void grow() {
    auto* slab = static_cast<char*>(sodium_allocarray(kCellsInSlab, kCell));
    for (size_t i = 0; slab && i < kCellsInSlab; ++i) chain(slab + i * kCell);
  }
  void chain(char* cell) {
    std::memcpy(cell, &free_, sizeof free_);
    free_ = cell;
  }

  std::mutex mutex_;
  char* free_ = nullptr;  // the first free cell; each begins with where the next one is
};

// Never destroyed: secrets with static storage may be freed after it would be.
Cells& cells() {
  static Cells& all = *new Cells;
  return all;
}

char* allocate(size_t size) {
  return size <= Cells::kCell ? cells().take() : static_cast<char*>(sodium_malloc(size));
}

void release(char* data, size_t size) {
  if (!data) return;
  if (size <= Cells::kCell) {
    cells().give_back(data);
  } else {
    sodium_free(data);
  }
}

}  // namespace

Result<SecretBytes> SecretBytes::zeroed(size_t size) {
  if (sodium_init() < 0)
    return fail("secret.memory", "libsodium did not start", ErrorClass::kFatal);
  if (size == 0) return SecretBytes{};
  char* data = allocate(size);
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

SecretBytes::~SecretBytes() { release(data_, size_); }

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
