// [[address]]: one entry of the address book, and what is wrong with several.
#include <fmt/format.h>

#include <algorithm>

#include "address/address.h"
#include "policy/draft.h"
#include "policy/unique.h"

namespace keystile::policy {
namespace {

const address::Network* read_network(Table* table, BookAddress* entry) {
  entry->network = table->required("network");
  const address::Network* network = address::find_network(entry->network);
  if (!network && !entry->network.empty()) {
    std::vector<std::string_view> known;
    for (const address::Network& one : address::all_networks()) known.push_back(one.name);
    table->bad_value("network", fmt::format("\"{}\" is no network whose addresses can be checked; "
                                            "these are: {}",
                                            entry->network, fmt::join(known, ", ")));
  }
  return network;
}

void read_place(Table* table, BookAddress* entry) {
  const address::Network* network = read_network(table, entry);
  entry->address = table->required("address");
  const auto memo = table->text("memo");
  entry->memo = memo.value_or("");
  if (!network || entry->address.empty()) return;
  const auto checked = address::check_address(*network, entry->address);
  if (checked) {
    entry->address = checked->text;
    if (!checked->has_checksum) {
      table->report().warn(table->place("address"), "address.no_checksum",
                           "nothing in it shows a mistyped character: compare every one of them");
    }
  } else {
    table->report().error(table->place("address"), checked.error().code, checked.error().message);
  }
  const Status fits =
      address::check_memo(*network, memo ? std::optional<std::string_view>(*memo) : std::nullopt);
  if (!fits) table->report().error(table->place("memo"), fits.error().code, fits.error().message);
}

struct Checked {
  const address::Network* network = nullptr;
  address::Address address;
};

std::optional<Checked> checked(const BookAddress& entry) {
  const address::Network* network = address::find_network(entry.network);
  if (!network) return std::nullopt;
  const auto read = address::check_address(*network, entry.address);
  return read ? std::optional(Checked{network, *read}) : std::nullopt;
}

// What the two would be mixed up for: one receiver under two names, or two that look the same.
void compare(const BookAddress& earlier, const BookAddress& entry, const Place& place,
             Report* report) {
  const auto a = checked(earlier), b = checked(entry);
  if (!a || !b || a->network->form != b->network->form) return;
  if (address::look_alike(*b->network, a->address, b->address)) {
    report->warn(place, "address.look_alike",
                 fmt::format("{} looks like the address of {}, and is another: compare every "
                             "character with what the receiver published",
                             entry.address, earlier.name));
  }
  const bool shares_asset =
      std::any_of(entry.assets.begin(), entry.assets.end(), [&](const std::string& asset) {
        return std::find(earlier.assets.begin(), earlier.assets.end(), asset) !=
               earlier.assets.end();
      });
  if (a->network == b->network && a->address.destination == b->address.destination &&
      entry.memo == earlier.memo && shares_asset) {
    report->error(place, "address.repeated",
                  fmt::format("{} has the same receiver and asset: its limits would not be clear",
                              earlier.name));
  }
}

}  // namespace

BookAddress read_address(Table table) {
  BookAddress entry;
  entry.name = table.required_name("name");
  entry.assets = table.texts("assets").value_or(std::vector<std::string>{});
  if (entry.assets.empty()) table.bad_value("assets", "must name what may be sent there");
  read_place(&table, &entry);
  if (const auto hold = table.span("hold")) entry.hold = *hold;
  if (entry.hold < std::chrono::hours{24}) {
    table.report().warn(table.place("hold"), "address.short_hold",
                        "less than a day: an address that was slipped in may be used before "
                        "anybody notices");
  }
  entry.first_use_max = table.money("first_use_max");
  entry.daily_withdrawal = table.money("daily_withdrawal");
  table.finish();
  return entry;
}

void check_addresses(const Draft& draft, Report* report) {
  Unique names("name.repeated", "address", report);
  const auto& all = draft.policy.addresses;
  for (size_t i = 0; i < all.size(); ++i) {
    names.add(all[i].name, draft.addresses[i]);
    for (size_t k = 0; k < i; ++k) compare(all[k], all[i], draft.addresses[i], report);
  }
}

}  // namespace keystile::policy
