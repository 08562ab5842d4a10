#include "signer/command_fields.h"

#include <algorithm>

namespace keystile::signer {

Status read_texts(const json::Value& command,
                  std::initializer_list<std::pair<std::string_view, std::string*>> fields,
                  std::string_view usage) {
  for (const json::Member& member : *command.if_object()) {
    if (member.name == "do") continue;
    const auto field = std::find_if(fields.begin(), fields.end(),
                                    [&](const auto& each) { return each.first == member.name; });
    if (field == fields.end() || !member.value.if_string()) {
      return fail("control.argument", std::string(usage));
    }
    *field->second = *member.value.if_string();
  }
  return {};
}

Result<Decimal> read_amount(const std::string& text) {
  const auto parsed = Decimal::parse(text);
  if (parsed && parsed->is_positive() && parsed->str() == text) return *parsed;
  return fail("control.argument",
              "the amount must be written as people will read it: above zero, without sign, "
              "exponent or needless zeros, such as \"1500.25\"");
}

}  // namespace keystile::signer
