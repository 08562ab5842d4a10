#include "policy/transfer_pair.h"

#include <algorithm>

namespace keystile::policy {
namespace {

constexpr std::string_view kArrow = " -> ", kOf = " of ";

std::string end_text(const std::string& wallet, const std::string& account) {
  return account.empty() ? wallet : wallet + std::string(kOf) + account;
}

bool is_word(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

bool parse_end(std::string_view text, std::string* wallet, std::string* account) {
  const size_t of = text.find(kOf);
  *wallet = text.substr(0, of);
  if (of == text.npos) return is_word(*wallet);
  *account = text.substr(of + kOf.size());
  return is_word(*wallet) && is_word(*account);
}

}  // namespace

bool TransferPair::matches(const exchanges::Transfer& transfer) const {
  return *this == pair_of(transfer);
}

std::string to_string(const TransferPair& pair) {
  return end_text(pair.from, pair.from_account) + std::string(kArrow) +
         end_text(pair.to, pair.to_account);
}

std::optional<TransferPair> parse_transfer_pair(std::string_view text) {
  const size_t arrow = text.find(kArrow);
  if (arrow == text.npos) return std::nullopt;
  TransferPair pair;
  const bool ok = parse_end(text.substr(0, arrow), &pair.from, &pair.from_account) &&
                  parse_end(text.substr(arrow + kArrow.size()), &pair.to, &pair.to_account);
  return ok ? std::optional(pair) : std::nullopt;
}

TransferPair pair_of(const exchanges::Transfer& transfer) {
  return {transfer.from, transfer.from_account, transfer.to, transfer.to_account};
}

}  // namespace keystile::policy
