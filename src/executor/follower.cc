#include "executor/follower.h"

#include <fmt/format.h>

#include "base/encoding.h"

namespace keystile::executor {
namespace {

tl::unexpected<Error> forked(std::string what) {
  return fail("executor.forked",
              what + ". Nothing is sent any more: find out who wrote it before you start again",
              ErrorClass::kFatal);
}

tl::unexpected<Error> unreadable(std::string_view what) {
  return fail("executor.answer", fmt::format("the realm's answer has {}", what),
              ErrorClass::kRetryable);
}

bool concerns_us(std::string_view type) {
  return type == "policy.adopted" || type.starts_with("proposal.") || type.starts_with("freeze.");
}

}  // namespace

void Position::add(const ledger::Hash& leaf) {
  ledger::Hash hash = leaf;
  for (uint64_t full = size; (full & 1) != 0; full >>= 1) {
    hash = ledger::node_hash(edge.back(), hash);
    edge.pop_back();
  }
  edge.push_back(hash);
  ++size;
}

ledger::Hash Position::root() const {
  if (edge.empty()) return ledger::empty_root();
  ledger::Hash root = edge.back();
  for (size_t i = edge.size() - 1; i-- > 0;) root = ledger::node_hash(edge[i], root);
  return root;
}

json::Value to_json(const Position& position) {
  json::Array edge;
  for (const ledger::Hash& hash : position.edge) edge.push_back(hex_encode(ledger::bytes_of(hash)));
  return json::object({{"size", position.size}, {"edge", std::move(edge)}});
}

Result<Position> read_position(const json::Value& json) {
  Position position;
  const auto size = parse_uint64(json.text("size"));
  const json::Value* edge = json.find("edge");
  for (const json::Value& item : edge && edge->if_array() ? *edge->if_array() : json::Array{}) {
    const auto hash = ledger::hash_from(hex_decode(item.text()).value_or(""));
    if (hash) position.edge.push_back(*hash);
  }
  if (size) position.size = *size;
  if (size && position.edge.size() == static_cast<size_t>(__builtin_popcountll(*size))) {
    return position;
  }
  return fail("executor.ledger", "how far the realm's ledger was followed cannot be read",
              ErrorClass::kFatal);
}

Result<Line> read_line(json::Value entry) {
  const auto index = parse_uint64(entry.text("index"));
  const auto time = parse_iso8601(entry.text("time"));
  if (!index || !time) {
    return fail("executor.entry", "an entry of the realm's ledger has no index or no time",
                ErrorClass::kFatal);
  }
  return Line{*index, *time, std::move(entry)};
}

Status Follower::aim(std::string_view note) {
  const auto checkpoint = ledger::open_checkpoint(note, key_);
  if (!checkpoint) {
    return forked("the realm's ledger is not signed by " + key_.name + ": " +
                  checkpoint.error().message);
  }
  if (checkpoint->size < proven_.size ||
      (checkpoint->size == proven_.size && checkpoint->root != proven_.root())) {
    return forked(fmt::format("the realm's ledger of {} entries is not the one that had {}",
                              checkpoint->size, proven_.size));
  }
  if (checkpoint->size > proven_.size) aim_ = *checkpoint;
  return {};
}

Status Follower::add(std::string_view text) {
  auto entry = json::parse(text);
  if (!entry || parse_uint64(entry->text("index")) != told_.size) {
    return forked(fmt::format("entry {} of the realm's ledger is none", told_.size));
  }
  told_.add(ledger::leaf_hash(text));
  if (!concerns_us(entry->text("type"))) return {};
  KS_TRY(Line line, read_line(std::move(*entry)));
  lines_.push_back(std::move(line));
  return {};
}

Result<std::vector<Line>> Follower::take(const json::Value& answer) {
  const json::Value* entries = answer.find("entries");
  if (!entries || !entries->if_array()) return unreadable("no entries");
  if (!aim_) {
    KS_CHECK(aim(answer.text("checkpoint")));
  }
  if (!aim_) return std::vector<Line>{};
  if (entries->if_array()->empty()) return unreadable("fewer entries than its checkpoint covers");
  for (const json::Value& text : *entries->if_array()) {
    if (told_.size == aim_->size) break;  // what came after it is asked for again
    KS_CHECK(add(text.text()));
  }
  if (told_.size < aim_->size) return std::vector<Line>{};
  if (told_.root() != aim_->root) {
    return forked(
        fmt::format("the first {} entries of the realm's ledger are not those that its "
                    "checkpoint covers",
                    told_.size));
  }
  proven_ = told_;
  aim_.reset();
  return std::exchange(lines_, {});
}

}  // namespace keystile::executor
