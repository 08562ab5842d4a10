// The control socket's lines: a command that somebody wrote, and an answer that somebody wrote.
#include <algorithm>

#include "fuzz/check.h"
#include "gate/control_line.h"
#include "gate/fake_signer_for_test.h"

using namespace keystile;

namespace {

// Tells the command back, in a value or in an error.
class Echo final : public gate::FakeSigner {
 public:
  Result<json::Value> control(const json::Value& command) override {
    ++commands;
    if (const json::Value* code = command.find("fail")) {
      return fail("echo." + std::string(code->text()), json::dump(command));
    }
    return command;
  }
  int commands = 0;
};

// An object of at most eight members, none of them a list or an object.
bool is_envelope(const json::Value& command) {
  const json::Object* members = command.if_object();
  return members && members->size() <= 8 &&
         std::none_of(members->begin(), members->end(), [](const json::Member& member) {
           return member.value.if_array() || member.value.if_object();
         });
}

}  // namespace

KS_FUZZ_TARGET(input) {
  Echo signer;
  const std::string line = gate::answer_line(gate::carry_out(signer, input));
  KS_HOLDS(line.find('\n') == line.npos);
  const auto command = json::parse(input);
  KS_HOLDS(signer.commands == (command ? 1 : 0));
  // Whatever was asked, the answer can be read and says what the signer said.
  const auto answer = gate::read_answer(line);
  if (!command) {
    KS_HOLDS(!answer && answer.error().code == command.error().code);
  } else if (const json::Value* code = command->find("fail")) {
    KS_HOLDS(!answer && answer.error().code == "echo." + std::string(code->text()));
    KS_HOLDS(answer.error().message == json::dump(*command));
  } else {
    KS_HOLDS(answer && json::dump(*answer) == json::dump(*command));
  }
  // From another machine only what is signed gets through.
  Echo other;
  const bool may = command && is_envelope(*command) &&
                   (command->text("do") == "signed" || command->text("do") == "proposal.sign");
  const bool done = gate::carry_out_for_anyone(other, input).has_value();
  KS_HOLDS(other.commands == (may ? 1 : 0) && (may || !done));
  const auto foreign = gate::read_answer(input);
  KS_HOLDS(foreign || !foreign.error().code.empty());
}
