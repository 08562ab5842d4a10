// ./run bench feed: market data read from the recorded bytes, next to simdjson's DOM parse of the
// same bytes with every value read. Usage: keystile_bench_feed FOLDER_OF_RECORDINGS [--json FILE]
#include <fmt/format.h>
#include <malloc.h>
#include <simdjson.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <new>
#include <string>
#include <vector>

#include "base/time.h"
#include "market/book.h"
#include "market/reader.h"
#include "market/recording.h"

namespace {

struct Memory {
  size_t allocations = 0;
  size_t bytes = 0;  // held now
} memory;

}  // namespace

// All of this program's memory is counted.
void* operator new(size_t size) {
  void* const got = std::malloc(size);
  if (!got) std::abort();
  ++memory.allocations;
  memory.bytes += malloc_usable_size(got);
  return got;
}
void operator delete(void* given) noexcept {
  if (given) memory.bytes -= malloc_usable_size(given);
  std::free(given);
}
void operator delete(void* given, size_t) noexcept { operator delete(given); }

namespace keystile::bench {
namespace {

using namespace market;

constexpr const char* kProducts[] = {
    "binance-spot", "binance-us-spot", "binance-usdm", "binance-coinm",
    "okx",          "bybit-spot",      "bybit-linear", "deribit"};
constexpr int kRounds = 15;

double seconds(const auto& work) {
  const MonoTime begin = system_clock().mono();
  work();
  return std::chrono::duration<double>(system_clock().mono() - begin).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

// As a connection would hand them over.
struct Messages {
  std::vector<Recorded> recorded;
  std::vector<Message> messages;  // views of recorded, which changes no more
  std::vector<bool> begins;       // a session

  void seal() {
    for (size_t i = 0; i < recorded.size(); ++i) {
      messages.push_back(recorded[i].message());
      begins.push_back(i == 0 || recorded[i].session != recorded[i - 1].session);
    }
  }
  size_t size() const { return recorded.size(); }
};

Result<Messages> load(const std::string& folder, const std::string& product, bool only_books) {
  Messages messages;
  for (const char* family : {".book", ".trade", ".ticker", ".derivative"}) {
    if (only_books && family != std::string(".book")) continue;
    for (const char* ending : {".jsonl", ".jsonl.gz"}) {
      const std::string path = folder + "/" + product + family + ending;
      if (!std::filesystem::exists(path)) continue;
      KS_TRY(Recording recording, Recording::open(path));
      for (Recorded recorded;;) {
        KS_TRY(const bool more, recording.next(&recorded));
        if (!more) break;
        messages.recorded.push_back(recorded);
      }
    }
  }
  messages.seal();
  return messages;
}

uint64_t read_all(simdjson::dom::element element) {
  using simdjson::dom::element_type;
  uint64_t sum = 0;
  switch (element.type()) {
    case element_type::OBJECT:
      for (const auto field : simdjson::dom::object(element)) {
        sum += field.key.size() + read_all(field.value);
      }
      return sum;
    case element_type::ARRAY:
      for (const auto item : simdjson::dom::array(element)) sum += read_all(item);
      return sum;
    case element_type::STRING:
      return std::string_view(element).size();
    case element_type::DOUBLE:
      return static_cast<uint64_t>(double(element));
    case element_type::INT64:
      return static_cast<uint64_t>(int64_t(element));
    case element_type::UINT64:
      return uint64_t(element);
    case element_type::BOOL:
      return bool(element);
    case element_type::NULL_VALUE:
      return 0;
  }
  return 0;
}

uint64_t parse_dom(const Messages& messages) {
  static simdjson::dom::parser parser;
  uint64_t sum = 0;
  for (const Recorded& each : messages.recorded) sum += read_all(parser.parse(each.raw));
  return sum;
}

using Books = std::map<const Instrument*, Book>;

// books: kept if given.
size_t read_messages(const Messages& messages, Reader* reader, Books* books) {
  size_t events = 0;
  for (size_t i = 0; i < messages.size(); ++i) {
    if (messages.begins[i]) reader->reset();
    const auto told = reader->read(messages.messages[i]);
    if (!told) continue;
    events += told->size();
    if (!books) continue;
    for (const Event& event : *told) {
      if (const auto* change = std::get_if<BookChange>(&event)) {
        (*books)[change->origin.instrument].apply(*change);
      }
    }
  }
  return events;
}

using Figures = std::map<std::string, double>;

Status measure_reading(const std::string& folder, Figures* figures) {
  fmt::print("{:<16}{:>10}{:>12}{:>12}{:>8}{:>14}\n", "", "messages", "DOM MB/s", "ours MB/s",
             "ratio", "allocations");
  std::vector<double> dom_total(kRounds), our_total(kRounds);
  double allocations = 0, count = 0, taken = 0;
  for (const char* product : kProducts) {
    KS_TRY(const Messages messages, load(folder, product, false));
    KS_TRY(const auto reader, make_reader(product));
    size_t bytes = 0;
    for (const Message& each : messages.messages) bytes += each.bytes.size();
    read_messages(messages, reader.get(), nullptr);
    const size_t before = memory.allocations;
    read_messages(messages, reader.get(), nullptr);
    const double allocated = static_cast<double>(memory.allocations - before);
    std::vector<double> dom, ours, ratios;
    for (int round = 0; round < kRounds; ++round) {
      dom.push_back(seconds([&] { parse_dom(messages); }));
      ours.push_back(seconds([&] { read_messages(messages, reader.get(), nullptr); }));
      ratios.push_back(dom.back() / ours.back());
      dom_total[static_cast<size_t>(round)] += dom.back();
      our_total[static_cast<size_t>(round)] += ours.back();
    }
    const auto megabytes = static_cast<double>(bytes) / 1e6;
    fmt::print("{:<16}{:>10}{:>12.0f}{:>12.0f}{:>8.2f}{:>14}\n", product, messages.size(),
               megabytes / median(dom), megabytes / median(ours), median(ratios), allocated);
    taken += median(ours);
    allocations += allocated;
    count += static_cast<double>(messages.size());
  }
  std::vector<double> ratios;
  for (size_t i = 0; i < kRounds; ++i) ratios.push_back(dom_total[i] / our_total[i]);
  (*figures)["normalise_vs_simdjson"] = median(ratios);
  (*figures)["allocations_per_message"] = allocations / count;
  (*figures)["normalise_messages_per_second"] = count / taken;
  return {};
}

Status measure_books(const std::string& folder, Figures* figures) {
  fmt::print("\n{:<16}{:>18}{:>18}\n", "books kept", "messages/s", "bytes a symbol");
  for (const char* product : kProducts) {
    KS_TRY(const Messages messages, load(folder, product, true));
    std::vector<double> rates;
    double bytes = 0;
    for (int round = 0; round < kRounds; ++round) {
      const size_t before = memory.bytes;
      KS_TRY(const auto reader, make_reader(product));
      Books books;
      const double time = seconds([&] { read_messages(messages, reader.get(), &books); });
      rates.push_back(static_cast<double>(messages.size()) / time);
      bytes = static_cast<double>(memory.bytes - before) / static_cast<double>(books.size());
    }
    fmt::print("{:<16}{:>18.0f}{:>18.0f}\n", product, median(rates), bytes);
    std::string name = product;
    std::replace(name.begin(), name.end(), '-', '_');
    (*figures)["books_per_second_" + name] = median(rates);
    (*figures)["bytes_per_symbol_" + name] = bytes;
  }
  return {};
}

Messages trades_of(int symbols) {
  Messages messages;
  for (int i = 0; i < 20'000; ++i) {
    Recorded& made = messages.recorded.emplace_back();
    made.raw = fmt::format(
        R"({{"stream":"s{0}usdt@aggTrade","data":{{"e":"aggTrade","E":1633998534486,"s":"S{0}USDT",)"
        R"("a":{1},"p":"0.00000638","q":"177.00000000","f":1,"l":2,"T":1633998534486,"m":false}}}})",
        i * 7919 % symbols, i);
  }
  messages.seal();
  return messages;
}

Status measure_growth(Figures* figures) {
  KS_TRY(const auto reader, make_reader("binance-spot"));
  const Messages few = trades_of(10), many = trades_of(5000);
  std::vector<double> ratios;
  for (int round = 0; round <= kRounds; ++round) {
    const double small = seconds([&] { read_messages(few, reader.get(), nullptr); });
    const double large = seconds([&] { read_messages(many, reader.get(), nullptr); });
    if (round > 0) ratios.push_back(large / small);
  }
  (*figures)["growth_symbols_5000"] = median(ratios);
  return {};
}

Status run(const std::string& folder, const std::string& json) {
  Figures figures;
  KS_CHECK(measure_reading(folder, &figures));
  KS_CHECK(measure_books(folder, &figures));
  KS_CHECK(measure_growth(&figures));
  std::string text;
  for (const auto& [name, value] : figures) {
    text += fmt::format("{}\n \"{}\": {:.4f}", text.empty() ? "{" : ",", name, value);
  }
  text += "\n}\n";
  for (const char* name :
       {"normalise_vs_simdjson", "allocations_per_message", "growth_symbols_5000"}) {
    fmt::print("\n{:<26}{:.3f}", name, figures[name]);
  }
  fmt::print("\n");
  if (json.empty()) return {};
  std::FILE* file = std::fopen(json.c_str(), "w");
  if (!file) return fail("bench.json", fmt::format("{} cannot be written", json));
  std::fputs(text.c_str(), file);
  std::fclose(file);
  return {};
}

}  // namespace
}  // namespace keystile::bench

int main(int argc, char** argv) {
  const bool has_json = argc == 4 && argv[2] == std::string_view("--json");
  if (argc != 2 && !has_json) {
    std::fprintf(stderr, "This is ./run bench feed [--json FILE].\n");
    return 2;
  }
  const auto done = keystile::bench::run(argv[1], has_json ? argv[3] : "");
  if (!done) std::fprintf(stderr, "%s\n", done.error().message.c_str());
  return done ? 0 : 1;
}
