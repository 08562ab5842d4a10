// Each decoder takes one spelling of a value: what it accepts is what the encoder writes.
#include "base/encoding.h"

#include "base/time.h"
#include "fuzz/check.h"

using namespace keystile;

KS_FUZZ_TARGET(input) {
  KS_HOLDS(hex_decode(hex_encode(input)) == input);
  KS_HOLDS(base64_decode(base64_encode(input)) == input);
  for (const bool plus_is_space : {false, true}) {
    KS_HOLDS(percent_decode(percent_encode(input), plus_is_space) == input);
    if (const auto bytes = percent_decode(input, plus_is_space)) {
      KS_HOLDS(bytes->size() <= input.size());
    }
  }
  if (const auto bytes = hex_decode(input)) KS_HOLDS(hex_encode(*bytes) == to_lower_ascii(input));
  if (const auto bytes = base64_decode(input)) KS_HOLDS(base64_encode(*bytes) == input);
  if (const auto number = parse_uint64(input)) {
    const size_t zeros = std::min(input.find_first_not_of('0'), input.size() - 1);
    KS_HOLDS(std::to_string(*number) == input.substr(zeros));
  }
  if (const auto time = parse_iso8601(input)) KS_HOLDS(iso8601(*time) == input);
  KS_HOLDS(equals_ignore_case(input, to_lower_ascii(input)));
}
