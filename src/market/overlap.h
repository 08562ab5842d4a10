// One instrument while two connections bring it: the one that is heard, and its heir, which is
// listened to in silence until it takes that one's place. What of the heir's was not told yet?
//
// Both bring the same, but never at the same moment, and the heir begins in the middle. Trades and
// liquidations each happened once, and both bring them in one order: they are known by their ids,
// or by all that they say. Of prices and states only the newest counts.
#pragma once

#include <array>
#include <list>
#include <optional>
#include <string>
#include <unordered_set>

#include "market/book.h"
#include "market/events.h"
#include "market/kept.h"

namespace keystile::market {

class Overlap {
 public:
  // Trades and liquidations that are remembered of each connection.
  static constexpr size_t kMostDeeds = 50'000;
  // Where the one that is heard told nothing meanwhile, what the heir brought so long before it is
  // heard had been told before the heir began: some exchanges begin with what was.
  static constexpr int64_t kFreshNs = 2'000'000'000;

  // The one that is heard told this. Of its book only when: numbers tell the rest.
  void note(const Event& event);
  // The heir brought this. False: it says that its book is wrong, or that a change of it is
  // missing; it must be asked for anew.
  bool keep(const Event& event);

  // Whether the heir brings whatever was told since then, but for liquidations. Not of books.
  bool has_caught_up(int64_t since_ns) const;
  // Whether the one that is heard told no trade and no change of the book since then.
  bool is_quiet(int64_t since_ns) const;
  // There were more deeds than are remembered: nothing is known for sure any more, and no more of
  // them are kept.
  bool is_overfull() const;

  // The heir's book; it waits until it is whole.
  const Book& book() const { return book_; }
  // What a snapshot of it tells beside its levels: of its last change, and where it ends.
  const BookChange& book_head() const { return book_head_; }

  // Once the heir is heard: tells what it brought and the other one did not,
  template <class Tell>
  void tell_kept(int64_t now_ns, const Tell& tell) {
    for (Kind& kind : kinds_) {
      for (const Deed& deed : kind.kept) {
        if (kind.is_matched || deed.received_ns + kFreshNs > now_ns) tell(deed.kept.event());
      }
      kind.kept.clear();
      if (kind.latest && is_later(kind, kind.latest->event())) tell(kind.latest->event());
      kind.latest.reset();
    }
  }
  // and whether what it brings now is news. Not of books.
  bool is_news(const Event& event);

 private:
  struct Deed {
    Deed(std::string made, int64_t received, const Event& event)
        : key(std::move(made)), received_ns(received), kept(event) {}
    std::string key;
    int64_t received_ns;
    Kept kept;
  };
  // Of one kind of event, by its place in Event.
  struct Kind {
    int64_t told_ns = 0;                        // when the last one was told, and
    std::optional<int64_t> told_us;             // what time it named,
    std::optional<int64_t> told_number;         // and what number (Stamp)
    std::unordered_multiset<std::string> told;  // deeds that the heir has not brought
    std::list<Deed> kept;                       // the heir's own that were not told
    std::optional<Kept> latest;                 // of those that are no deeds
    bool is_matched = false;                    // there was one that both brought

    bool is_overfull() const { return told.size() > kMostDeeds || kept.size() > kMostDeeds; }
  };

  static bool is_later(const Kind& kind, const Event& event);
  bool keep_book(const BookChange& change);

  std::array<Kind, std::variant_size_v<Event>> kinds_;
  Book book_;
  BookChange book_head_;
};

}  // namespace keystile::market
