#include "gate/control_line.h"

namespace keystile::gate {
namespace {

json::Limits up_to(size_t bytes) {
  json::Limits limits;
  limits.bytes = bytes;
  return limits;
}

// What anyone may send is an object of a few texts and numbers: who signed is told by these, and
// until that is known no more is read. A megabyte of small lists would take twenty times as long.
constexpr json::Limits kEnvelope{.bytes = kCommandBytes, .depth = 1};
constexpr int kEnvelopeMembers = 8;

bool has_few_members(std::string_view text) {
  int commas = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == ',' && ++commas >= kEnvelopeMembers) return false;
    if (text[at] != '"') continue;
    while (++at < text.size() && text[at] != '"') at += text[at] == '\\';
  }
  return true;
}

}  // namespace

Result<json::Value> carry_out(signer::Signer& signer, std::string_view line) {
  KS_TRY(const json::Value command, json::parse(line, up_to(kCommandBytes)));
  return signer.control(command);
}

Result<json::Value> carry_out_for_anyone(signer::Signer& signer, std::string_view line) {
  if (!has_few_members(line)) return fail("api.command", "the command has too many members");
  KS_TRY(const json::Value command, json::parse(line, kEnvelope));
  const std::string_view what = command.text("do");
  if (what != "signed" && what != "proposal.sign") {
    return fail("api.command", "only what is signed is taken here: signed and proposal.sign");
  }
  return signer.control(command);
}

std::string answer_line(const Result<json::Value>& answer) {
  if (answer) return json::dump(json::object({{"ok", *answer}}));
  json::Value refused =
      json::object({{"error", answer.error().code}, {"message", answer.error().message}});
  if (answer.error().kind == ErrorClass::kOutcomeUnknown) refused.set("unknown", true);
  return json::dump(refused);
}

Result<json::Value> read_answer(std::string_view answer) {
  const auto read = json::parse(answer, up_to(kAnswerBytes));
  if (read) {
    if (const json::Value* ok = read->find("ok")) return *ok;
    const std::string_view code = read->text("error");
    const ErrorClass kind =
        read->find("unknown") ? ErrorClass::kOutcomeUnknown : ErrorClass::kRefused;
    if (!code.empty()) return fail(std::string(code), std::string(read->text("message")), kind);
  }
  return fail("control.answer", "the answer of the running program could not be read",
              ErrorClass::kOutcomeUnknown);
}

}  // namespace keystile::gate
