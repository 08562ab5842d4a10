// What one connection after the other brings, as if it were one: the same for those that are open
// now and for those that were recorded.
//
// One is heard. Before it has to end, another one, its heir, may be opened beside it, which is
// listened to in silence until it knows all that the first one tells; then it takes that one's
// place, and who listens sees no gap: no trade twice or never, books that go on.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>

#include "market/overlap.h"
#include "market/reader.h"

namespace keystile::market {

// Gets each event where it is read; it holds until the call returns.
using OnEvent = std::function<void(const Event&)>;
// The heir's book of this symbol is to be asked for anew, on its connection.
using OnHeirGap = std::function<void(const std::string& symbol)>;

// As the exchange spells them.
using RefusedSymbols = std::set<std::string, std::less<>>;

class Succession {
 public:
  // After one connection took another's place it may tell for so long what the other one had told
  // before: what it then still lags behind is no lag. The next heir comes later than that.
  static constexpr int64_t kFollowNs = 5'000'000'000;

  // "market.product"
  static Result<std::unique_ptr<Succession>> make(std::string_view product, OnEvent on_event,
                                                  OnHeirGap on_heir_gap = {},
                                                  IsWanted is_wanted = {});

  // A new connection is heard: nothing is known yet.
  void begin();
  // Of the one that is heard. Whether it told anything. Errors as of Reader::read().
  Result<bool> take(const Message& message);
  // The one that is heard has ended, and its heir must have. A Notice of each book that it brought,
  // by symbol: what changes from now on is missed.
  void lose_books(Break what, int64_t now_ns);

  // A new heir.
  void begin_heir(int64_t now_ns);
  Result<bool> take_from_heir(const Message& message);
  // It has ended, or is given up.
  void drop_heir();
  // Whether it can take the other one's place: it has each book that is whole, and brings whatever
  // was told since then. Nothing is waited for of symbols that the exchange refused to it alone if
  // the other one is silent of them since then as well: they are gone, and what is known of their
  // books ends in a Notice. If it is not, the heir brings less, and never is ready.
  bool is_heir_ready(int64_t since_ns, const RefusedSymbols& refused = {}) const;
  // The heir is heard from now on, and the other one no more.
  void succeed(int64_t now_ns);

 private:
  enum class Phase : uint8_t {
    kAlone,
    kBeside,     // there is an heir
    kFollowing,  // it is heard, but may lag behind what was told
  };
  struct Side {
    std::unique_ptr<Reader> reader;
    std::set<const Instrument*> books;  // that it brought
  };

  Succession(std::unique_ptr<Reader> first, std::unique_ptr<Reader> second, OnEvent on_event,
             OnHeirGap on_heir_gap);
  Side& heard() { return sides_[heard_]; }
  Side& other() { return sides_[1 - heard_]; }
  Overlap& overlap_of(const Event& event);
  void tell(const Event& event);
  void keep(const Event& event);
  void follow_up(const Event& event);
  void follow_book(const Event& event);
  void hand_over_books(int64_t now_ns);
  void hand_over_book(const std::string& symbol, const Instrument* instrument, int64_t now_ns);
  void tell_book(const Overlap& overlap, int64_t now_ns);
  void tell_notice(Break what, const Instrument* instrument, int64_t now_ns);
  void end_following(int64_t now_ns);

  Side sides_[2];
  size_t heard_ = 0;
  const OnEvent on_event_;
  const OnHeirGap on_heir_gap_;
  Phase phase_ = Phase::kAlone;
  std::map<std::string, Overlap, std::less<>> overlaps_;  // by symbol; while it is not alone
  // Books of which a later number was told than the one that is heard has come to.
  std::map<std::string, int64_t, std::less<>> behind_;
  int64_t follow_until_ns_ = 0;
};

}  // namespace keystile::market
