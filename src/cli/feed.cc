// keystile feed normalize: recorded messages of an exchange as normalised events.
#include <fmt/format.h>

#include <cstdio>

#include "cli/commands.h"
#include "market/event_json.h"
#include "market/reader.h"
#include "market/recording.h"

namespace keystile::cli {
namespace {

struct NormalizeOptions {
  std::string product;
  std::vector<std::string> files;
};

// What tardis-dev had to be shown otherwise than it was recorded, to say the same: it knows books
// asked for by REST only in a wrapper of its own, no aggTrade, and one depth of Bybit's books.
std::string_view shim_of(std::string_view product, const market::Recorded& recorded) {
  if (recorded.is_rest()) return "rest";
  if (recorded.stream.ends_with("@aggTrade")) return "aggTrade";
  if (product.starts_with("bybit") && recorded.stream.starts_with("orderbook.")) {
    const std::string known = product == "bybit-option" ? "orderbook.25." : "orderbook.50.";
    if (!recorded.stream.starts_with("orderbook.1.") && !recorded.stream.starts_with(known)) {
      return "depth";
    }
  }
  return "";
}

void print_events(const market::Recorded& recorded, std::string_view shim,
                  std::span<const market::Event> events, std::string* line) {
  *line = fmt::format("{{\"line\":{}", recorded.line);
  if (!shim.empty()) *line += fmt::format(",\"shim\":\"{}\"", shim);
  *line += ",\"out\":[";
  for (const market::Event& event : events) market::append_json(event, line);
  *line += "]}\n";
  std::fwrite(line->data(), 1, line->size(), stdout);
}

Result<void> normalize_file(const std::string& product, const std::string& path,
                            market::Reader* reader, Output& out) {
  KS_TRY(market::Recording recording, market::Recording::open(path));
  market::Recorded recorded;
  std::string session, line;
  reader->reset();
  for (;;) {
    KS_TRY(const bool more, recording.next(&recorded));
    if (!more) return {};
    if (recorded.session != session) reader->reset();
    session = recorded.session;
    const auto events = reader->read(recorded.message());
    if (!events) {
      out.warn(fmt::format("{}:{}: {} ({})", path, recorded.line, events.error().message,
                           events.error().code));
    } else if (!events->empty()) {
      print_events(recorded, shim_of(product, recorded), *events, &line);
    }
  }
}

Result<int> normalize(const NormalizeOptions& options, Output& out) {
  KS_TRY(const auto reader, market::make_reader(options.product));
  for (const std::string& path : options.files) {
    KS_CHECK(normalize_file(options.product, path, reader.get(), out));
  }
  uint64_t refused = 0;
  for (const uint64_t count : reader->counts().faults) refused += count;
  return refused == 0 ? kOk : kNo;
}

}  // namespace

void add_feed(Command& root) {
  Command feed = root.add("feed", "Market data of the exchanges in one form");
  const auto options = std::make_shared<NormalizeOptions>();
  feed.add("normalize", "Recorded messages (JSON lines, also gzipped) as normalised events")
      .option("--product", &options->product, "For example binance-spot, okx or deribit", true)
      .arguments("FILE", &options->files, "Recordings; test/recordings/README.md tells their form")
      .run([options](const Globals&, Output& out) { return normalize(*options, out); });
}

}  // namespace keystile::cli
