// Secret bytes: in locked memory between guard pages, wiped when freed, never printed.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"

namespace keystile {

// Who holds one may see secret bytes. Only crypto/, vault/ and the command that first reads a
// secret from its owner include "base/secret_reveal.h", where it can be made (tools/lint checks).
class RevealToken;

class SecretBytes {
 public:
  SecretBytes() = default;
  // Copies, and leaves it to the caller to wipe what it copied from. Fails closed: if memory
  // cannot be had, "secret.memory".
  static Result<SecretBytes> copy_of(std::string_view bytes);
  static Result<SecretBytes> random(size_t size);
  static Result<SecretBytes> zeroed(size_t size);

  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes();

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // Constant time in the bytes (not in the sizes).
  bool equals(std::string_view other) const;
  bool operator==(const SecretBytes& other) const;

  Result<SecretBytes> copy(const RevealToken&) const;
  std::string_view bytes(const RevealToken&) const { return {data_, size_}; }
  char* data(const RevealToken&) { return data_; }

 private:
  SecretBytes(char* data, size_t size) : data_(data), size_(size) {}
  char* data_ = nullptr;
  size_t size_ = 0;
};

// Wipes ordinary memory that had to hold a secret for a moment (a terminal line, a read buffer).
void wipe(std::string* text);

// Turns off core dumps and debugger attachment, and starts libsodium. Call first in main().
// "process.harden" if the kernel refuses. Memory locking is only tried: see locked_memory_bytes().
Status harden_process();

// How much memory this process may lock; 0 means none (secrets could reach swap), and `doctor`
// says so.
size_t locked_memory_bytes();

}  // namespace keystile
