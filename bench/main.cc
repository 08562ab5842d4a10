#include <cstdio>
#include <iterator>

#include "base/secret.h"
#include "bench/commands.h"

namespace {

using keystile::Status;
using keystile::bench::Arguments;

constexpr struct {
  const char* name;
  size_t arguments;
  Status (*run)(const Arguments&);
} kCommands[] = {
    {"realm", 4, keystile::bench::make_realm},      {"gate", 1, keystile::bench::serve_gate},
    {"traffic", 0, keystile::bench::run_traffic},   {"signer", 3, keystile::bench::measure_signer},
    {"stages", 1, keystile::bench::measure_stages},
};

}  // namespace

int main(int argc, char** argv) {
  const Arguments words(argv + 1, argv + argc);
  for (const auto& command : kCommands) {
    if (words.empty() || words[0] != command.name || words.size() != command.arguments + 1)
      continue;
    Status done = keystile::harden_process();
    if (done) done = command.run(Arguments(words.begin() + 1, words.end()));
    if (!done) std::fprintf(stderr, "keystile_bench: %s\n", done.error().message.c_str());
    return done ? 0 : 1;
  }
  std::fprintf(stderr, "This is a part of ./run bench.\n");
  return 2;
}
