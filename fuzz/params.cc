// Parameters of a query string or form body: nothing is lost, and each has one reading.
#include "exchanges/params.h"

#include "base/encoding.h"
#include "base/utf8.h"
#include "fuzz/check.h"

using namespace keystile;
using namespace keystile::exchanges;

// The first byte: whether '+' is a space.
KS_FUZZ_TARGET(input) {
  if (input.empty()) return;
  const bool plus_is_space = input[0] == '+';
  input.remove_prefix(1);
  const auto params = parse_params(input, ParamSource::kBody, plus_is_space);
  if (!params) return;
  std::string joined, rewritten;
  for (const Param& param : *params) {
    KS_HOLDS(!param.name.empty());
    KS_HOLDS(param.begin < param.end && param.end <= input.size());
    KS_HOLDS(is_utf8(param.name) && is_utf8(param.value));
    for (const char c : param.name + param.value) {
      KS_HOLDS(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    }
    if (!joined.empty()) {
      joined += '&';
      rewritten += '&';
    }
    joined += input.substr(param.begin, param.end - param.begin);
    rewritten += percent_encode(param.name) + "=" + percent_encode(param.value);
  }
  KS_HOLDS(joined == input);
  const auto again = parse_params(rewritten, ParamSource::kBody, plus_is_space);
  KS_HOLDS(again && again->size() == params->size());
  for (size_t i = 0; i < params->size(); ++i) {
    KS_HOLDS((*again)[i].name == (*params)[i].name && (*again)[i].value == (*params)[i].value);
  }
  // Each can be taken once by its name, and then nothing is left.
  ParamReader reader(*params);
  const bool unique = reader.check_unique().has_value();
  for (const Param& param : *params) KS_HOLDS(reader.take(param.name).has_value());
  KS_HOLDS(!unique || reader.check_all_taken());
}
