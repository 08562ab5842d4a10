// keystile ledger tail|show|verify|prove|export: reading the tamper-evident log. They need no key
// and no lock, so they run beside a serving process.
#include "ledger/ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <deque>
#include <fstream>
#include <memory>
#include <thread>

#include "base/encoding.h"
#include "cli/commands.h"
#include "cli/ledger_check.h"
#include "ledger/folder.h"
#include "ledger/verify.h"

namespace keystile::cli {
namespace {

constexpr std::chrono::milliseconds kFollowEvery{200};

std::string folder_of(const Globals& globals) { return globals.realm + "/ledger"; }

Result<ledger::Index> parse_index(const std::string& text) {
  const auto index = parse_uint64(text);
  if (!index) return fail("cli.number", fmt::format("\"{}\" is not an entry's number", text));
  return *index;
}

// The ledger's own bytes, one entry a line.
void print_raw(std::string_view entry) {
  std::fwrite(entry.data(), 1, entry.size(), stdout);
  std::fputc('\n', stdout);
}

// What an entry says, in the order a person asks: who, what, how it went.
std::string words_of(const json::Value& entry) {
  const std::string_view type = entry.text("type");
  const std::string_view summary = entry.text("summary");
  const auto what = [&] { return summary.empty() ? entry.text("route") : summary; };
  if (type == "request") {
    const json::Value* noted = entry.find("would_refuse");
    const bool would = noted && noted->if_array() && !noted->if_array()->empty();
    return fmt::format(
        "{:<16} {:<8} {}{}", entry.text("client"), entry.text("scope"), what(),
        would ? fmt::format(" (WOULD BE REFUSED: {})", noted->if_array()->front().text("rule"))
              : "");
  }
  if (type == "refusal") {
    return fmt::format("{:<16} REFUSED  {}: {} ({})", entry.text("client"), what(),
                       entry.text("message"), entry.text("rule"));
  }
  if (type == "outcome") {
    const std::string_view note = entry.find("note") ? entry.text("note") : entry.text("code");
    return fmt::format("  of {:<11} {}{}{}", entry.text("request"), entry.text("outcome"),
                       note.empty() ? "" : ", ", note);
  }
  std::string words{type};
  for (const json::Member& member : *entry.if_object()) {
    if (member.name == "index" || member.name == "time" || member.name == "type") continue;
    const std::string_view text = member.value.text();
    words += fmt::format(" {}={}", member.name, text.empty() ? json::dump(member.value) : text);
  }
  return words;
}

std::string line_for_people(std::string_view entry) {
  const auto value = json::parse(entry);
  if (!value || !value->if_object()) return json::quoted(entry);
  std::string line =
      fmt::format("{:>6}  {}  {}", value->text("index"), value->text("time"), words_of(*value));
  return printable(std::move(line));
}

struct TailOptions {
  int64_t lines = 20;
  bool follow = false;
};

// With --json one entry a line, since a followed log has no end.
Result<int> tail(const TailOptions& options, const Globals& globals, Output& output) {
  const ledger::Folder folder(folder_of(globals));
  KS_TRY(const std::string note, folder.checkpoint_note());
  KS_TRY(const auto checkpoint, ledger::unverified_checkpoint(note));
  const auto lines = static_cast<uint64_t>(std::max<int64_t>(options.lines, 0));
  ledger::Index next = checkpoint.size - std::min(lines, checkpoint.size);
  std::deque<std::string> last;
  for (bool first = true;; first = false) {
    KS_CHECK(
        ledger::read(folder_of(globals), next, [&](ledger::Index index, std::string_view entry) {
          next = index + 1;
          last.emplace_back(entry);
          if (first && last.size() > lines) last.pop_front();
          return true;
        }));
    for (const std::string& entry : last) {
      globals.json ? print_raw(entry) : output.line(line_for_people(entry));
    }
    std::fflush(stdout);
    last.clear();
    if (!options.follow) return kOk;
    std::this_thread::sleep_for(kFollowEvery);
  }
}

Result<int> show(const std::string& text, const Globals& globals, Output& output) {
  KS_TRY(const ledger::Index wanted, parse_index(text));
  std::string found;
  KS_CHECK(ledger::read(folder_of(globals), wanted, [&](ledger::Index, std::string_view entry) {
    found = entry;
    return false;
  }));
  if (found.empty()) return fail("ledger.index", fmt::format("there is no entry {} yet", wanted));
  KS_TRY(const json::Value value, json::parse(found));
  output.line(json::dump_pretty(value));
  output.result(value);
  return kOk;
}

json::Value as_json(const ledger::Verified& verified) {
  json::Array damage(verified.damage.begin(), verified.damage.end());
  return json::object({{"good", verified.good()},
                       {"origin", verified.origin},
                       {"vkey", verified.vkey},
                       {"size", verified.size},
                       {"root", base64_encode(ledger::bytes_of(verified.root))},
                       {"in_journal", verified.in_journal},
                       {"torn_bytes", verified.torn_bytes},
                       {"files", verified.files},
                       {"damage", std::move(damage)}});
}

Result<int> verify(const std::string& vkey, const Globals& globals, Output& output) {
  output.progress("checking every entry, hash and signature…");
  KS_TRY(auto verified, ledger::verify(folder_of(globals), vkey));
  WitnessReport witnesses = check_witnesses(globals, &verified);
  json::Value result = as_json(verified);
  result.set("witnesses", std::move(witnesses.json));
  output.result(result);
  output.line(fmt::format("log      {}", verified.origin));
  output.line(fmt::format("size     {} entries under the checkpoint, {} more in the journal",
                          verified.size, verified.in_journal));
  output.line(fmt::format("root     {}", base64_encode(ledger::bytes_of(verified.root))));
  output.line(
      fmt::format("key      {}{}", verified.vkey,
                  vkey.empty() ? "  (the ledger's own file; --vkey checks against yours)" : ""));
  output.line(
      fmt::format("checked  the checkpoint's signature, {} bundle and hash files, the journal",
                  verified.files));
  for (const std::string& line : witnesses.lines) output.line(line);
  if (verified.torn_bytes > 0) {
    output.line(
        fmt::format("note     {} bytes of an unfinished entry end the journal: a crash, or "
                    "being written now",
                    verified.torn_bytes));
  }
  for (const std::string& sentence : verified.damage) output.line("DAMAGE   " + sentence);
  output.line(verified.good() ? "result   whole: nothing was cut, edited, reordered or deleted"
                              : "result   NOT whole");
  return verified.good() ? kOk : kNo;
}

struct ProveOptions {
  std::string index, file;
};

Result<int> prove(const ProveOptions& options, const Globals& globals, Output& output) {
  KS_TRY(const ledger::Index index, parse_index(options.index));
  KS_TRY(const std::string proof, ledger::prove(folder_of(globals), index));
  output.result(json::object({{"index", index}, {"proof", proof}}));
  if (options.file.empty()) {
    output.line(std::string_view(proof).substr(0, proof.size() - 1));
    return kOk;
  }
  std::ofstream file(options.file, std::ios::binary | std::ios::trunc);
  file << proof;
  if (!file.flush()) return fail("cli.file", "cannot write " + options.file);
  output.line(fmt::format("wrote the proof of entry {} to {}", index, options.file));
  return kOk;
}

struct ExportOptions {
  std::string from = "0", to;
};

Result<int> export_entries(const ExportOptions& options, const Globals& globals) {
  KS_TRY(const ledger::Index from, parse_index(options.from));
  ledger::Index to = UINT64_MAX;
  if (!options.to.empty()) {
    KS_TRY(to, parse_index(options.to));
  }
  KS_CHECK(
      ledger::read(folder_of(globals), from, [to](ledger::Index index, std::string_view entry) {
        if (index <= to) print_raw(entry);
        return index < to;
      }));
  if (std::fflush(stdout) != 0) return fail("cli.file", "cannot write the entries out");
  return kOk;
}

}  // namespace

void add_ledger(Command& root) {
  Command group = root.add("ledger", "Read and check the tamper-evident log");

  const auto tail_options = std::make_shared<TailOptions>();
  group.add("tail", "The last entries; with --json one a line")
      .option("-n,--lines", &tail_options->lines, "How many")
      .flag("-f,--follow", &tail_options->follow, "Go on with what is added, until Ctrl-C")
      .run([tail_options](const Globals& globals, Output& output) {
        return tail(*tail_options, globals, output);
      });

  const auto shown = std::make_shared<std::string>();
  group.add("show", "One entry in full")
      .argument("INDEX", shown.get(), "The entry's number")
      .run([shown](const Globals& globals, Output& output) {
        return show(*shown, globals, output);
      });

  const auto vkey = std::make_shared<std::string>();
  group.add("verify", "Check every entry, hash and signature; exit code 1 names what was damaged")
      .option("--vkey", vkey.get(), "The log's public key as you know it: NAME+ID+KEY")
      .run([vkey](const Globals& globals, Output& output) {
        return verify(*vkey, globals, output);
      });

  describe_ledger_checks(group);

  const auto prove_options = std::make_shared<ProveOptions>();
  group.add("prove", "A proof of one entry that anyone can check offline (c2sp.org/tlog-proof)")
      .argument("INDEX", &prove_options->index, "The entry's number")
      .option("-o,--output", &prove_options->file, "Write it to this file")
      .run([prove_options](const Globals& globals, Output& output) {
        return prove(*prove_options, globals, output);
      });

  const auto export_options = std::make_shared<ExportOptions>();
  group.add("export", "Entries exactly as recorded, one JSON line each")
      .option("--from", &export_options->from, "The first entry's number")
      .option("--to", &export_options->to, "The last entry's number")
      .run([export_options](const Globals& globals, Output&) {
        return export_entries(*export_options, globals);
      });
}

}  // namespace keystile::cli
