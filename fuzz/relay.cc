// What programs send to the relay: queries, requests on its stream, and tardis-machine's options.
// Whatever comes, the answer is JSON of a known status, an outbox stays bounded, and what is told
// anew is JSON too.
#include <set>

#include "base/json.h"
#include "feed/relay_rest.h"
#include "feed/relay_token.h"
#include "feed/tardis_stream.h"
#include "fuzz/check.h"
#include "fuzz/input.h"

using namespace keystile;
using namespace keystile::feed;

namespace {

const market::Instrument kSpot{market::Venue::kBinanceSpot, "BTCUSDT", ""};
const market::Instrument kSwap{market::Venue::kOkxSwap, "BTC-USDT-SWAP", ""};

class StillClock final : public Clock {
 public:
  WallTime wall() const override { return from_epoch_ms(1'700'000'000'000); }
  MonoTime mono() const override { return {}; }
};

market::Number number(std::string_view text) {
  market::Number made;
  KS_HOLDS(market::Number::parse(text, &made));
  return made;
}

struct World {
  World() {
    const market::Level bid{number("99.5"), number("2")}, ask{number("100"), number("0.25")};
    tell(market::BookChange{origin(kSpot), true, {&bid, 1}, {&ask, 1}, {}});
    tell(trade());
    state.expect(kSwap);
  }
  static market::Origin origin(const market::Instrument& instrument) {
    return {&instrument, 1'700'000'000'000'000, 1'700'000'000'000'000'000};
  }
  static market::Trade trade() {
    return {origin(kSpot), "1", number("99.75"), number("1"), market::Side::kBuy};
  }
  void tell(const market::Event& event) {
    Market& market = state.market_of(event);
    market.apply(event);
    audience.tell(market, event);
  }

  StillClock clock;
  State state;
  Meter meter;
  Audience audience;
};

void check_answers(Consumer* consumer) {
  for (size_t count = 0; auto text = consumer->outbox().take(); ++count) {
    KS_HOLDS(count <= 2 * Outbox::kMostTexts);
    KS_HOLDS(json::parse(*text));
  }
}

// The rest of the input, as a query and as a body.
void check_rest(World* world, std::string_view text) {
  HttpRequest request = fuzz::read_request(text);
  take_token(&request);
  const std::string name = "desk";
  const Reader reader(1000);
  const HttpResponse response =
      answer(world->state, world->meter, request,
             {name, reader, 1000, world->clock.wall(), world->clock.mono()});
  static const std::set<int> known = {200, 400, 404, 405, 503};
  KS_HOLDS(known.contains(response.status));
  const auto body = json::parse(response.body);
  KS_HOLDS(body && body->find(response.status == 200 ? "data" : "error"));
}

// Each line is a message.
void check_stream(World* world, std::string_view text) {
  Stream stream(world->state, world->audience, world->clock, Slow::kConflate);
  while (!text.empty()) {
    stream.receive(fuzz::take_line(&text));
    world->tell(World::trade());
    check_answers(&stream);
  }
}

void check_tardis(World* world, std::string_view text) {
  auto options = parse_tardis_options(text);
  if (!options) return;
  auto stream = TardisStream::make(world->state, world->audience, world->clock, *options);
  if (!stream) return;
  for (int i = 0; i < 3; ++i) world->tell(World::trade());
  (*stream)->tick();
  check_answers(stream->get());
}

}  // namespace

KS_FUZZ_TARGET(input) {
  const std::string_view kind = fuzz::take_line(&input);
  World world;
  if (kind == "rest") return check_rest(&world, input);
  if (kind == "stream") return check_stream(&world, input);
  check_tardis(&world, input);
}
