// Which connections one product's market data needs, and what to say on them: each exchange's own
// hosts, stream names and limits. Sans I/O. Sources: the exchanges' documents, by the numbers in
// docs/market-data.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "feed/allowance.h"

namespace keystile::feed {

enum class Channel : uint8_t {
  kTrade,
  kBook,
  kBookTicker,
  kDerivativeTicker,
  kLiquidation,
  kOptionSummary,
};
inline constexpr size_t kChannels = static_cast<size_t>(Channel::kOptionSummary) + 1;
std::optional<Channel> parse_channel(std::string_view name);  // "trade", "book", "book_ticker", …
std::string_view name_of(Channel channel);
std::string_view channel_names();  // all of them, for people

struct Wanted {
  std::string product;               // as market::make_reader() names them
  std::vector<std::string> symbols;  // as the exchange spells them
  std::vector<Channel> channels;     // those that the product does not have are left out; none: all
  // Instead of the exchange's own: "https://host[:port]", of the streams and of REST.
  std::string stream_origin = {}, rest_origin = {};
  // Bybit: books of a thousand levels, every 200 ms, instead of fifty every 20 ms.
  bool deep_books = false;
};

struct Connection {
  std::string target;                 // path and query of the WebSocket
  std::vector<std::string> requests;  // what to send first, so far apart:
  Millis pace{250};
  Allowance::Limit most_requests{4, Millis{1000}};       // and never more, these and later ones
  std::vector<std::string> books;                        // symbols whose book it brings
  std::vector<std::pair<std::string, Channel>> streams;  // all that it brings, of each symbol
  std::vector<std::string> states;  // symbols of which it tells whether they trade
  bool lists_taken = false;         // its answers list the streams that it takes (Unanswered)
  std::string ping;  // to send every `ping_every`; empty: none beside WebSocket's own
  Millis ping_every{20000};
};

struct Plan {
  std::string stream_origin, rest_origin;
  // Both are the exchange's own, or both were named: what streams tell is what REST would answer.
  bool is_one_place = true;
  Allowance::Limit most_connections{2, Millis{1000}};  // that may be opened, by one address
  std::vector<Connection> connections;
};

// "feed.product": there is none of that name. "feed.nothing": no symbols, or no channel that it
// has. "feed.symbol": a symbol that no exchange would spell so.
Result<Plan> plan(const Wanted& wanted);

// How a book that is no longer whole is asked for anew: by REST (a path and query, of Binance) or
// by subscribing again (messages on its connection, numbered from `id` on).
struct Again {
  std::string rest_target;
  std::vector<std::string> requests;
};
Again book_again(std::string_view product, std::string_view symbol, bool deep_books,
                 uint64_t id = 1);

// The stream that pushed a message, as the message names it; empty: it is an answer, or says no
// such thing. For sorting only: it is looked for, not parsed.
std::string_view stream_in(std::string_view product, std::string_view message);
// What such a stream brings; of one that brings several the first. None: it is not in any plan.
std::optional<Channel> channel_of(std::string_view product, std::string_view stream);

// The trades and liquidations of a connection that a message may have told which cannot be read: of
// the symbols that it names, or of all where it names none. Of a book its numbers tell what is
// missing, of a ticker the next one counts.
std::vector<std::pair<std::string, Channel>> missed_with(std::string_view product,
                                                         std::string_view message,
                                                         const Connection& connection);

// Why the exchange does not do what it was asked on a connection, in its own words; empty where the
// message is about something else. To be asked about messages in which no event was found.
std::string refusal_in(std::string_view message);

}  // namespace keystile::feed
