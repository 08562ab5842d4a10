#include "feed/settings.h"

#include <fmt/format.h>

#include <set>

#include "policy/network.h"
#include "policy/settings.h"

namespace keystile::feed {
namespace {

constexpr uint32_t kMostTrades = 100'000;
constexpr uint32_t kOldestAnswerMs = 5000;  // as old as a reference price may be

// A path as it is written: relative ones are relative to the settings' folder.
std::string resolved(const std::string& file, const std::optional<std::string>& path) {
  if (!path || path->empty() || path->front() == '/') return path.value_or("");
  const size_t slash = file.rfind('/');
  return slash == file.npos ? *path : file.substr(0, slash + 1) + *path;
}

uint16_t read_port(policy::Table* table) {
  const uint32_t port = table->count("port").value_or(0);
  if (port > 65535) table->bad_value("port", "a port is at most 65535");
  return static_cast<uint16_t>(port);
}

ProductSettings read_product(policy::Table table) {
  ProductSettings settings;
  Wanted& wanted = settings.wanted;
  wanted.product = table.required("name");
  wanted.symbols = table.texts("symbols").value_or(std::vector<std::string>{});
  for (const std::string& name : table.texts("channels").value_or(std::vector<std::string>{})) {
    const auto channel = parse_channel(name);
    if (channel) {
      wanted.channels.push_back(*channel);
    } else {
      table.bad_value("channels",
                      fmt::format("there is no channel {}; there are {}", name, channel_names()));
    }
  }
  wanted.stream_origin = table.text("origin").value_or("");
  wanted.rest_origin = table.text("rest_origin").value_or("");
  wanted.deep_books = table.flag("deep_books").value_or(false);
  settings.ca_file = resolved(table.place().file, table.text("ca_file"));
  settings.allow_tls12 = table.flag("allow_tls12").value_or(false);
  if (const auto seconds = table.count("renew_seconds")) {
    settings.renew_after = std::chrono::seconds(*seconds);
    if (*seconds == 0) table.bad_value("renew_seconds", "must be above 0");
  }
  const auto planned = plan(wanted);
  if (!planned) {
    table.report().error(table.place(), planned.error().code, planned.error().message);
  }
  table.finish();
  return settings;
}

// Two would be told as one, though each may be of a place of its own.
void refuse_twice(const std::vector<ProductSettings>& products, policy::Table* root) {
  std::set<std::string_view> names;
  for (const ProductSettings& product : products) {
    const std::string& name = product.wanted.product;
    if (names.insert(name).second) continue;
    root->report().error(root->place(), "settings.twice",
                         fmt::format("there are two [[product]] of the name {}: name all its "
                                     "symbols in one",
                                     name));
  }
}

bool is_loopback(const std::string& address) {
  const auto parsed = policy::parse_address(address == "localhost" ? "127.0.0.1" : address);
  const auto v4 = policy::parse_network("127.0.0.0/8"), v6 = policy::parse_network("::1");
  return parsed && v4 && v6 && (v4->contains(*parsed) || v6->contains(*parsed));
}

RelaySettings read_relay(policy::Table table) {
  RelaySettings relay;
  const std::string file = table.place().file;
  relay.address = table.text("address").value_or(relay.address);
  relay.port = read_port(&table);
  relay.certificate = resolved(file, table.text("certificate"));
  relay.key = resolved(file, table.text("key"));
  relay.tokens = resolved(file, table.text("tokens").value_or("feed-tokens.json"));
  relay.requests_per_minute =
      table.count("requests_per_minute").value_or(relay.requests_per_minute);
  relay.websockets = table.count("websockets").value_or(relay.websockets);
  relay.recordings = resolved(file, table.text("recordings"));
  if (relay.certificate.empty() != relay.key.empty()) {
    table.bad_value("certificate", "certificate and key go together");
  }
  if (relay.certificate.empty() && !is_loopback(relay.address)) {
    table.bad_value("address",
                    "must be of loopback, or name a certificate and its key: tokens would cross "
                    "the network in the clear");
  }
  table.finish();
  return relay;
}

MetricsSettings read_metrics(policy::Table table) {
  MetricsSettings metrics;
  metrics.address = table.text("address").value_or(metrics.address);
  metrics.port = read_port(&table);
  table.finish();
  return metrics;
}

AnswerSettings read_answers(policy::Table table) {
  AnswerSettings answers;
  const auto read = [&table](const char* name, Millis* age) {
    const uint32_t ms = table.count(name, 0).value_or(static_cast<uint32_t>(age->count()));
    if (ms > kOldestAnswerMs) {
      table.bad_value(name, fmt::format("must be at most {}", kOldestAnswerMs));
    }
    *age = Millis(ms);
  };
  read("book_ms", &answers.book);
  read("best_ms", &answers.best);
  read("trades_ms", &answers.trades);
  table.finish();
  return answers;
}

Settings read_settings(policy::Table root) {
  Settings settings;
  settings.environment = root.text("environment").value_or("");
  settings.trades_kept = root.count("trades_kept").value_or(settings.trades_kept);
  if (settings.trades_kept > kMostTrades) {
    root.bad_value("trades_kept", fmt::format("must be at most {}", kMostTrades));
  }
  settings.stay_awake = std::chrono::microseconds(root.count("stay_awake_us").value_or(0));
  for (policy::Table& product : root.tables("product")) {
    settings.products.push_back(read_product(std::move(product)));
  }
  refuse_twice(settings.products, &root);
  if (settings.products.empty()) {
    root.report().error(root.place(), "settings.missing",
                        "there is no [[product]]: nothing to read");
  }
  if (auto relay = root.table("relay")) settings.relay = read_relay(std::move(*relay));
  if (auto answers = root.table("answers")) settings.answers = read_answers(std::move(*answers));
  if (auto metrics = root.table("metrics")) settings.metrics = read_metrics(std::move(*metrics));
  root.finish();
  return settings;
}

}  // namespace

Result<Settings> parse_settings(std::string_view text, const std::string& file) {
  return policy::parse_settings(text, file, read_settings);
}

}  // namespace keystile::feed
