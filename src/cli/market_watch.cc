// keystile market watch: the same pair at every exchange, beside each other, as it changes.
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstdio>
#include <map>

#include "cli/commands.h"
#include "cli/watch_table.h"
#include "feed/live.h"
#include "feed/state.h"
#include "market/reader.h"
#include "signer/layout.h"

namespace keystile::cli {
namespace {

namespace asio = boost::asio;

constexpr Millis kRepaint{500};
constexpr Millis kMostWait{10'000};  // for all markets to say something, where one table is printed
constexpr size_t kPlainWidth = 120;

struct Options {
  std::vector<std::string> pairs, exchanges, fees;
  std::string sandbox, position = "10000";
  int64_t funding_hours = 8;
  bool once = false;
};

// Where a sandbox's exchanges are; empty: the real ones are asked.
struct Place {
  std::map<std::string, std::string, std::less<>> urls;
  std::string ca_file;
};

Result<Place> place_of(const std::string& sandbox) {
  Place place;
  if (sandbox.empty()) return place;
  KS_TRY(const std::string text, signer::read_file(sandbox + "/sandbox.json"));
  KS_TRY(const json::Value state, json::parse(text));
  const json::Value* exchanges = state.find("exchanges");
  if (!exchanges || !exchanges->if_object()) {
    return fail("market.sandbox", sandbox + "/sandbox.json names no exchanges");
  }
  for (const json::Member& each : *exchanges->if_object()) {
    place.urls.emplace(each.name, each.value.text("url"));
  }
  place.ca_file = state.text("ca_file");
  return place;
}

// "binance-spot", "okx-perp": what a fee is of.
std::string fee_name(const feed::NamedMarket& market) {
  return fmt::format("{}-{}", market.exchange, market.is_perpetual ? "perp" : "spot");
}

Result<std::map<std::string, Decimal>> fees_of(const std::vector<std::string>& texts) {
  std::map<std::string, Decimal> fees;
  for (const std::string& text : texts) {
    const size_t sign = text.find('=');
    const auto percent = Decimal::parse(sign == text.npos ? "" : text.substr(sign + 1));
    if (!percent) return fail("market.fee", "write a fee as binance-spot=0.075 (in percent)");
    fees[text.substr(0, sign)] = *percent;
  }
  return fees;
}

Result<std::vector<WatchedPair>> pairs_of(const Options& options, const Place& place) {
  KS_TRY(auto fees, fees_of(options.fees));
  std::vector<WatchedPair> pairs;
  for (const std::string& text : options.pairs) {
    KS_TRY(feed::Pair pair, feed::parse_pair(text));
    WatchedPair watched{std::move(pair), {}};
    for (feed::NamedMarket& market : feed::markets_of(watched.pair)) {
      const auto& only = options.exchanges;
      const bool is_wanted =
          only.empty() || std::find(only.begin(), only.end(), market.exchange) != only.end();
      const bool is_there = place.urls.empty() || place.urls.contains(market.exchange);
      if (!is_wanted || !is_there) continue;
      const auto fee = fees.try_emplace(fee_name(market), default_taker_fee(market)).first->second;
      watched.markets.push_back({std::move(market), fee, {}, 0});
    }
    pairs.push_back(std::move(watched));
  }
  if (pairs.empty() || pairs.front().markets.empty()) {
    return fail("market.nothing", "name pairs, such as BTCUSDT, and exchanges that have them");
  }
  return pairs;
}

class Watch {
 public:
  Watch(std::vector<WatchedPair> pairs, const WatchSettings& settings)
      : pairs_(std::move(pairs)), settings_(settings) {}

  Status open(asio::any_io_executor executor, const Place& place) {
    net::ClientOptions trust;
    trust.ca_file = place.ca_file;
    KS_TRY(client_, net::Client::make(executor, std::move(trust)));
    for (const feed::Wanted& wanted : all_wanted(place)) {
      KS_TRY(auto live,
             feed::Live::make(
                 executor, *client_, system_clock(), system_random(), wanted, {},
                 [this](const market::Event& event) { state_.market_of(event).apply(event); },
                 [this](const Error& error) { trouble_ = printable(error.message); }));
      live_.push_back(std::move(live));
    }
    for (const auto& live : live_) live->start();
    return {};
  }

  asio::awaitable<void> stop() {
    for (const auto& live : live_) co_await live->stop();
  }

  // What the markets are now.
  void look() {
    settings_.now_ns = std::chrono::nanoseconds(system_clock().wall().time_since_epoch()).count();
    for (WatchedPair& pair : pairs_) {
      for (WatchedMarket& market : pair.markets) look_at(&market);
    }
  }

  // Whether every market has said all that the table shows.
  bool is_complete() const {
    for (const WatchedPair& pair : pairs_) {
      for (const WatchedMarket& market : pair.markets) {
        const feed::Quote& quote = market.quote;
        if (!quote.bid_price || !quote.ask_price) return false;
        if (market.name.is_perpetual && !quote.ticker.funding_rate) return false;
      }
    }
    return true;
  }
  bool is_empty() const {
    for (const WatchedPair& pair : pairs_) {
      for (const WatchedMarket& market : pair.markets) {
        if (market.heard_ns != 0) return false;
      }
    }
    return true;
  }

  std::vector<std::string> lines(size_t width, bool bold) {
    settings_.width = width;
    settings_.bold = bold;
    std::vector<std::string> all;
    for (const WatchedPair& pair : pairs_) {
      for (std::string& line : watch_lines(pair, settings_)) all.push_back(std::move(line));
      all.emplace_back();
    }
    all.push_back("* best of its kind. Spreads in bp (0.01 %). Sizes as the exchange counts them.");
    all.push_back(fmt::format("long/day: what a long of {} pays, funded every {} hours as now.",
                              settings_.position.str(), settings_.funding_hours));
    if (!trouble_.empty()) all.push_back(trouble_);
    return all;
  }
  json::Value described() const {
    json::Array all;
    for (const WatchedPair& pair : pairs_) all.push_back(watch_json(pair, settings_));
    return json::object({{"pairs", std::move(all)}});
  }

 private:
  // Spot apart from perpetuals: OKX has both in one product, and no funding of spot.
  std::vector<feed::Wanted> all_wanted(const Place& place) const {
    std::map<std::pair<std::string_view, bool>, feed::Wanted> by_product;
    for (const WatchedPair& pair : pairs_) {
      for (const WatchedMarket& market : pair.markets) {
        feed::Wanted& wanted = by_product[{market.name.product, market.name.is_perpetual}];
        wanted.product = market.name.product;
        wanted.symbols.push_back(market.name.symbol);
        wanted.channels = {feed::Channel::kTrade, feed::Channel::kBookTicker};
        if (market.name.is_perpetual) wanted.channels.push_back(feed::Channel::kDerivativeTicker);
        const auto url = place.urls.find(market.name.exchange);
        if (url != place.urls.end()) wanted.stream_origin = wanted.rest_origin = url->second;
      }
    }
    std::vector<feed::Wanted> all;
    for (auto& [product, wanted] : by_product) all.push_back(std::move(wanted));
    return all;
  }

  void look_at(WatchedMarket* market) const {
    const auto venue = market::venue_of(market->name.product, market->name.symbol);
    const feed::Market* now = venue ? state_.find(*venue, market->name.symbol) : nullptr;
    if (!now) return;
    market->quote = now->quote();
    const feed::Freshness freshness = now->freshness();
    market->heard_ns = freshness.stale ? 0 : freshness.received_ns;
  }

  std::vector<WatchedPair> pairs_;
  WatchSettings settings_;
  feed::State state_;
  std::string trouble_;  // the latest
  std::unique_ptr<net::Client> client_;
  std::vector<std::unique_ptr<feed::Live>> live_;
};

// An alternate screen without a cursor, which cuts long lines, as long as this lives.
class Screen {
 public:
  Screen() { say("\x1b[?1049h\x1b[?25l\x1b[?7l"); }
  ~Screen() { say("\x1b[?7h\x1b[?25h\x1b[?1049l"); }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  void paint(Watch* watch) {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) size = {24, 80, 0, 0};
    std::string text = "\x1b[H";
    size_t row = 0;
    for (const std::string& line : watch->lines(size.ws_col, true)) {
      if (row++ == size.ws_row) break;
      text += (row > 1 ? "\r\n" : "") + line + "\x1b[K";
    }
    say(text + "\x1b[J");
  }

 private:
  static void say(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  }
};

// Until SIGINT or SIGTERM; where there is no screen, until all is known or the wait is over.
asio::awaitable<void> watch_markets(asio::io_context* io, Watch* watch, Screen* screen) {
  asio::steady_timer timer(*io);
  asio::signal_set signals(*io, SIGINT, SIGTERM);
  bool told = false;
  signals.async_wait([&told, &timer](boost::system::error_code, int) {
    told = true;
    timer.cancel();
  });
  const MonoTime until = system_clock().mono() + kMostWait;
  while (!told) {
    watch->look();
    if (screen) {
      screen->paint(watch);
    } else if (watch->is_complete() || system_clock().mono() > until) {
      break;
    }
    timer.expires_after(kRepaint);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  co_await watch->stop();
  io->stop();
}

Result<int> run_watch(const Options& options, Output& out) {
  WatchSettings settings;
  settings.funding_hours = options.funding_hours;
  if (settings.funding_hours < 1) return fail("market.hours", "--funding-hours must be 1 or more");
  KS_TRY(settings.position, Decimal::parse(options.position));
  KS_TRY(const Place place, place_of(options.sandbox));
  KS_TRY(auto pairs, pairs_of(options, place));
  asio::io_context io{1};
  Watch watch(std::move(pairs), settings);
  KS_CHECK(watch.open(io.get_executor(), place));
  const bool on_screen = !options.once && !out.json() && ::isatty(STDOUT_FILENO);
  std::optional<Screen> screen;
  if (on_screen) screen.emplace();
  asio::co_spawn(io, watch_markets(&io, &watch, screen ? &*screen : nullptr),
                 [](std::exception_ptr error) {
                   if (error) std::rethrow_exception(error);
                 });
  io.run();
  if (on_screen) return kOk;
  for (const std::string& line : watch.lines(kPlainWidth, false)) out.line(line);
  out.result(watch.described());
  return watch.is_empty() ? kNo : kOk;
}

}  // namespace

void add_market(Command& root) {
  Command market = root.add("market", "The exchanges' markets, beside each other");
  const auto options = std::make_shared<Options>();
  market
      .add("watch",
           "Best prices, funding and what is between exchanges, live, until Ctrl-C; where "
           "there is no terminal, one table")
      .arguments("PAIR", &options->pairs, "BTCUSDT, BTC/USDC, ETHUSD …")
      .option("--exchange", &options->exchanges,
              "binance, okx, bybit, deribit (repeatable); else all")
      .option("--fee", &options->fees,
              "A taker's fee in percent, such as binance-spot=0.075 or okx-perp=0.04 (repeatable)")
      .option("--position", &options->position, "What is held, in the quote (10000)")
      .option("--funding-hours", &options->funding_hours, "From one payment to the next (8)")
      .option("--sandbox", &options->sandbox, "The folder of a `keystile sandbox` to watch instead")
      .flag("--once", &options->once, "One table, as soon as every market has said something")
      .run([options](const Globals&, Output& out) { return run_watch(*options, out); });
}

}  // namespace keystile::cli
