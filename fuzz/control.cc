// The control socket's lines: a command that somebody wrote, and an answer that somebody wrote.
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
  const bool may =
      command && (command->text("do") == "signed" || command->text("do") == "proposal.sign");
  const bool done = gate::carry_out_for_anyone(other, input).has_value();
  KS_HOLDS(other.commands == (may ? 1 : 0) && (may || !done));
  const auto foreign = gate::read_answer(input);
  KS_HOLDS(foreign || !foreign.error().code.empty());
}
