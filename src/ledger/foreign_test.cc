// A verifier that shares no code with us: Go's sumdb/note and sumdb/tlog (test/ledger_verifier).
#include <cstdlib>

#include "ledger/test_folder.h"

namespace keystile::ledger {
namespace {

const std::string kSource = KEYSTILE_SOURCE_DIR "/test/ledger_verifier/main.go";
// Where Debian's golang-golang-x-mod-dev puts golang.org/x/mod: nothing is fetched.
const std::string kGo = "GO111MODULE=off GOFLAGS= GOPATH=/usr/share/gocode go";

int shell(const std::string& command) { return std::system(command.c_str()); }

TEST(ForeignVerifier, AgreesAndFindsDamage) {
  TestFolder test, tools;
  const std::string program = tools.path("ledger_verifier");
  ASSERT_EQ(shell(kGo + " build -o " + program + " " + kSource), 0)
      << "this needs the packages golang-go and golang-golang-x-mod-dev";

  for (const uint64_t size : {1, 256, 700}) {
    test.fill(size - test.entries().size());
    std::string command = program + " " + test.options.folder;
    for (const uint64_t index : {uint64_t{0}, size / 2, size - 1}) {
      const std::string name = std::to_string(index) + ".tlog-proof";
      test.write(name, prove(test.options.folder, index).value());
      command += " " + test.path(name);
    }
    EXPECT_EQ(shell(command), 0) << size;
  }

  std::string bundle = test.content("tile/entries/001");
  bundle[1000] ^= 1;
  test.write("tile/entries/001", bundle);
  EXPECT_NE(shell(program + " " + test.options.folder), 0);
}

}  // namespace
}  // namespace keystile::ledger
