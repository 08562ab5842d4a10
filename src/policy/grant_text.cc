// The least grant as TOML, each line with the evidence for it.
#include <fmt/format.h>

#include "base/json.h"
#include "policy/behaviour.h"

namespace keystile::policy {
namespace {

constexpr size_t kCommentColumn = 44;

std::string quoted(std::string_view text) { return json::quoted(text); }  // a TOML string as well

std::string minute(WallTime time) {
  std::string text = iso8601(time).substr(0, 16);
  text[10] = ' ';
  return text;
}

// "412 orders, last 2026-11-20 in entry 5123".
std::string seen(const Tally& tally, const char* one, const char* many) {
  return fmt::format("{} {}, last {} in entry {}", tally.count, tally.count == 1 ? one : many,
                     iso8601(tally.last).substr(0, 10), tally.last_entry);
}
std::string requests(const Tally& tally) { return seen(tally, "request", "requests"); }
std::string orders(const Tally& tally) { return seen(tally, "order", "orders"); }

class Writer {
 public:
  Writer(const Behaviour& behaviour, const Client& client, std::string_view currency)
      : seen_(behaviour), grant_(least_grant(behaviour)), client_(client), currency_(currency) {}

  std::string run() {
    head();
    identity();
    list(
        "scopes", seen_.scopes, [](auto scope) { return exchanges::to_string(scope); }, requests);
    list("networks", seen_.sources, as_is, requests);
    list("allow_routes", seen_.routes, as_is, requests);
    reading();
    trading();
    transfers();
    hours();
    remarks();
    return std::move(out_);
  }

 private:
  static const std::string& as_is(const std::string& text) { return text; }

  void line(const std::string& text, const std::string& comment = "") {
    out_ +=
        comment.empty() ? text + "\n" : fmt::format("{:<{}} # {}\n", text, kCommentColumn, comment);
  }
  void remark(const std::string& text) { out_ += "# " + text + "\n"; }

  template <class Key, class Name, class Evidence>
  void list(const char* field, const std::map<Key, Tally>& all, Name name, Evidence evidence) {
    if (all.empty()) return;
    if (all.size() == 1) {
      const auto& [key, tally] = *all.begin();
      return line(fmt::format("{} = [{}]", field, quoted(name(key))), evidence(tally));
    }
    line(fmt::format("{} = [", field));
    for (const auto& [key, tally] : all)
      line(fmt::format("  {},", quoted(name(key))), evidence(tally));
    line("]");
  }

  void head() {
    const Tally& all = seen_.requests;
    remark(fmt::format("The least that {} needed for {}.", client_.name, requests(all)));
    if (all.count == 0) return;
    remark(fmt::format("Seen from {} to {} UTC, ledger entries {} to {}; amounts are rounded up.",
                       minute(all.first), minute(all.last), all.first_entry, all.last_entry));
  }

  void identity() {
    line("[[client]]");
    line("name = " + quoted(client_.name));
    line("account = " + quoted(client_.account));
    line("key_id = " + quoted(client_.key_id));
    line("vault = " + quoted(client_.vault));
    if (client_.algorithm != crypto::KeyAlgorithm::kHmacSha256)
      line("algorithm = " + quoted(crypto::to_string(client_.algorithm)));
    if (client_.expires) line("expires = " + iso8601(*client_.expires));
    if (client_.revoked) line("revoked = true");
  }

  // What stands without a line is enough for most.
  void reading() {
    if (grant_.reads_per_second > kDefaultReadsPerSecond)
      count("reads_per_second", grant_.reads_per_second, seen_.reads);
  }

  void trading() {
    list("instruments", seen_.instruments, as_is, orders);
    list(
        "products", seen_.products, [](auto one) { return exchanges::to_string(one); }, orders);
    list(
        "order_types", seen_.order_types, [](auto one) { return exchanges::to_string(one); },
        orders);
    if (grant_.account_wide) line("account_wide = true", requests(seen_.account_wide));
    amount("max_order_notional", grant_.max_order_notional, seen_.order, "largest seen");
    amount("daily_exposure", grant_.daily_exposure, seen_.day, "most within 24 h");
    count("orders_per_second", grant_.orders_per_second, seen_.per_second);
    count("open_orders", grant_.open_orders, seen_.open);
    band();
  }

  void amount(const char* field, const std::optional<Decimal>& limit,
              const Largest<Decimal>& largest, const char* what) {
    if (!limit) return;
    line(fmt::format("{} = {}", field, quoted(limit->str())),
         largest.value
             ? fmt::format("{} {} {} in entry {}", what,
                           largest.value->rounded(8, Rounding::kUp).str(), currency_, largest.entry)
             : "none seen that counts");
  }

  void count(const char* field, const std::optional<uint32_t>& limit,
             const Largest<uint32_t>& largest) {
    if (!limit) return;
    line(fmt::format("{} = {}", field, *limit),
         largest.value ? fmt::format("most seen, in entry {}", largest.entry)
                       : "none seen; it cannot be less");
  }

  static std::string percent(const Decimal& fraction) {
    const auto value = fraction.times(Decimal(100), Rounding::kUp);
    return value ? value->rounded(2, Rounding::kUp).str() + "%" : "";
  }

  void band() {
    const auto& furthest = seen_.losing_side;
    if (grant_.price_band_set) {
      line(fmt::format("price_band = {}", quoted(percent(grant_.price_band))),
           furthest.value->is_zero() ? "no price was on the losing side of the market"
                                     : fmt::format("{} on the losing side in entry {}",
                                                   percent(*furthest.value), furthest.entry));
    } else if (seen_.unpriced) {
      remark(
          fmt::format("price_band: left out, as there was no market price to compare entry {} with",
                      *seen_.unpriced));
    } else if (furthest.value) {
      remark(fmt::format("price_band: left out, as the price in entry {} is beyond any ({})",
                         furthest.entry, percent(*furthest.value)));
    }
  }

  void transfers() {
    list("transfer_assets", seen_.transfer_assets, as_is, requests);
    if (!seen_.unclear_pair) list("transfer_pairs", seen_.transfer_pairs, as_is, requests);
    amount("max_transfer", grant_.max_transfer, seen_.transfer, "largest seen");
    if (grant_.transfers_out) line("transfers_out = true", requests(seen_.transfers_out));
  }

  void hours() {
    if (!seen_.first_hour) return;
    if (grant_.hours) {
      line("hours = " + quoted(grant_.hours->text), "no order outside them");
    } else {
      remark(fmt::format("hours: left out; orders came from {:02}:00 to {:02}:59 UTC, {}",
                         *seen_.first_hour, *seen_.last_hour,
                         seen_.requests.last - seen_.requests.first < std::chrono::days(6)
                             ? "seen for too few days to tell"
                             : "every day"));
    }
  }

  void remarks() {
    if (seen_.orders.count > 0 && seen_.cancels.count == 0) {
      remark("No cancel was seen: a route that is not listed is refused, also to cancel. Add it.");
    }
    for (const auto& [rule, tally] : seen_.uncovered) {
      remark(fmt::format("Not covered: {} ({}).", requests(tally), rule));
    }
    for (const auto& [rule, tally] : seen_.refused) {
      remark(fmt::format("Refused then, and not granted: {} ({}).", requests(tally), rule));
    }
  }

  const Behaviour& seen_;
  const Grant grant_;
  const Client& client_;
  const std::string_view currency_;
  std::string out_;
};

}  // namespace

std::string grant_toml(const Behaviour& behaviour, const Client& client,
                       std::string_view currency) {
  return Writer(behaviour, client, currency).run();
}

}  // namespace keystile::policy
