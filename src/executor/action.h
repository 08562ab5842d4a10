// What the executor wants done, one thing at a time. Whoever runs it does it and tells how it went;
// so the executor itself needs no socket, disk or clock, and a test or a simulation can end it
// between any two of them.
#pragma once

#include <functional>
#include <string>
#include <variant>

#include "base/http.h"
#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "executor/exchange_clocks.h"
#include "policy/loader.h"

namespace keystile::executor {

struct Moment {
  WallTime wall{};
  MonoTime mono{};
};

// A command for the realm, to be signed with the executor's own key and asked.
struct Ask {
  json::Value command;
  std::function<Status(Result<json::Value>, Moment)> then;
};

// A request for an exchange, to be sent as it is, once.
struct Fetch {
  Place to;
  std::string origin;  // "https://api.binance.com"
  HttpRequest request;
  std::function<Status(Result<HttpResponse>, Moment)> then;
};

// Entries for the executor's own ledger: all on disk before then() is called. Where that fails, it
// must end.
struct Note {
  std::vector<json::Value> entries;
  std::function<Status(Moment)> then;
};

// The text of a policy, to be there at the next start; on disk before then() is called.
struct Keep {
  policy::Bundle bundle;
  std::function<Status(Moment)> then;
};

// Nothing to do for so long.
struct Rest {
  Millis time{0};
};

// An error of then() ends the executor: what it followed is not what it trusts.
using Action = std::variant<Rest, Ask, Fetch, Note, Keep>;

}  // namespace keystile::executor
