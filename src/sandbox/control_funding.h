// Control routes about money that comes and goes. Each takes the request's JSON object.
#pragma once

#include "base/json.h"
#include "sandbox/venue.h"

namespace keystile::sandbox {

// {"account": "master", "asset": "USDT", "network": "TRX", "amount": "5"}: money arrives.
Result<json::Value> deposit(Venue& venue, const json::Value& body);

// {"processing_ms": 2000, "chain_ms": 5000}: how long withdrawals take, both or none.
// {"fail": "60000001"}: the one of that id, or of that client id, fails while it is processed.
Result<json::Value> set_withdrawals(Venue& venue, const json::Value& body);
// Every withdrawal that was accepted, oldest first: what really left.
Result<json::Value> list_withdrawals(Venue& venue, const json::Value& body);

// Every transfer that was carried out, oldest first.
Result<json::Value> list_transfers(Venue& venue, const json::Value& body);

// {"account": "master", "only_saved": true, "save": {"asset": "USDT", "network": "TRX",
//  "address": "T…", "tag": ""}}: the account's address book; each member but account is optional.
Result<json::Value> set_addresses(Venue& venue, const json::Value& body);

}  // namespace keystile::sandbox
