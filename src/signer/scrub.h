// Takes real keys out of an exchange's answer before a client sees it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/http.h"
#include "base/result.h"
#include "base/secret.h"

namespace keystile::signer {

// Finds one text in others, also where it is spelled in other letters, small or large. Made once,
// for many answers. Horspool's way: where the last letter does not fit, it may skip as far as the
// text is long, which for a key id is most of an answer's line.
class Finder {
 public:
  explicit Finder(std::string_view wanted);  // empty: stands nowhere
  Finder(const Finder&) = default;
  Finder(Finder&&) = default;
  Finder& operator=(const Finder&) = default;
  Finder& operator=(Finder&&) = default;
  ~Finder() { wipe(&wanted_); }  // it may be a secret
  const std::string& wanted() const { return wanted_; }
  size_t find_in(std::string_view text, size_t from) const;  // npos: nowhere
  bool is_in(std::string_view text) const { return find_in(text, 0) != text.npos; }

 private:
  std::string wanted_;
  unsigned char last_;
  std::array<uint8_t, 256> skip_;
};

// What a request was signed with, and what to say in its place.
struct Traces {
  std::span<const Finder> real_key_ids;
  std::string_view virtual_key_id;
  const SecretBytes* passphrase = nullptr;  // null or empty where there is none
};

// Replaces every occurrence of the real key ids by the client's own and of the passphrase by "***",
// in body and header values, in letters of any size; drops headers that only concern the connection
// to the exchange or have a key in their name. What cannot be searched is not passed on:
// "answer.encoded" if the answer is compressed in spite of what was asked, "answer.tells_key" if
// something of it stands there in escapes (of JSON or of URLs).
Status scrub(HttpResponse* response, const Traces& traces);

}  // namespace keystile::signer
