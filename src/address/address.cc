#include "address/address.h"

#include <fmt/format.h>

#include <algorithm>

#include "address/forms.h"
#include "base/encoding.h"

namespace keystile::address {
namespace {

// Another network for which the text, by its checksum or its 0x, is certainly meant. Empty: none.
std::string_view owner_of(std::string_view text, const FormRule* not_this) {
  for (const Network& network : all_networks()) {
    if (network.form == not_this) continue;
    const auto address = network.form->read(text, *network.form);
    if (address && (address->has_checksum || network.form->lead == "0x")) {
      return network.form->title.empty() ? network.title : network.form->title;
    }
  }
  return {};
}

// --- look-alikes --------------------------------------------------------------------------------

constexpr size_t kLookedAt = 3;    // characters that people compare at either end
constexpr size_t kOverlooked = 3;  // differing characters that a glance misses

// Where the part begins that differs from address to address.
size_t lead_of(const FormRule& form, std::string_view text) {
  if (!form.prefix.empty() && text.starts_with(form.prefix)) return form.prefix.size() + 2;
  return text.starts_with(form.lead) ? form.lead.size() : 0;
}

bool same_ends(std::string_view a, std::string_view b) {
  const size_t shorter = std::min(a.size(), b.size());
  if (shorter < 2 * kLookedAt) return false;
  return a.substr(0, kLookedAt) == b.substr(0, kLookedAt) &&
         a.substr(a.size() - kLookedAt) == b.substr(b.size() - kLookedAt);
}

bool nearly_same(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  size_t differing = 0;
  for (size_t i = 0; i < a.size(); ++i) differing += a[i] != b[i];
  return differing <= kOverlooked && differing * 4 < a.size();
}

// --- memos --------------------------------------------------------------------------------------

bool is_number_below(std::string_view text, unsigned bits) {
  const auto number = parse_uint64(text);
  const bool plain = text == "0" || !text.starts_with('0');
  return number && plain && (bits == 64 || *number >> bits == 0);
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; }) &&
         text.front() != ' ' && text.back() != ' ';
}

bool fits(const MemoRule& rule, std::string_view memo) {
  switch (rule.form) {
    case MemoForm::kText:
      return memo.size() <= rule.longest && is_printable(memo);
    case MemoForm::kNumber32:
      return is_number_below(memo, 32);
    case MemoForm::kNumber64:
      return is_number_below(memo, 64);
  }
  return false;
}

std::string described(const MemoRule& rule) {
  switch (rule.form) {
    case MemoForm::kText:
      return fmt::format("at most {} printable ASCII characters, with no space at either end",
                         rule.longest);
    case MemoForm::kNumber32:
      return "a whole number from 0 to 4294967295, without leading zeros";
    case MemoForm::kNumber64:
      return "a whole number from 0 to 18446744073709551615, without leading zeros";
  }
  return {};
}

}  // namespace

Result<Address> check_address(const Network& network, std::string_view text) {
  auto address = text.empty() ? fail("address.length", "it is empty")
                              : network.form->read(text, *network.form);
  if (address) return address;
  Error error = std::move(address.error());
  const std::string_view owner = owner_of(text, network.form);
  if (!owner.empty()) {
    error.code = "address.network";
    error.message = fmt::format("it is an address of {}", owner);
  }
  error.message = fmt::format(
      "this is no {0} address: {1}. Copy it again from where the receiver published it, or ask for "
      "one on {0}",
      network.title, error.message);
  return tl::unexpected(std::move(error));
}

Status check_memo(const Network& network, std::optional<std::string_view> memo) {
  const MemoRule& rule = network.memo;
  if (!memo) {
    if (rule.need != MemoNeed::kStated) return {};
    return fail("memo.unstated",
                fmt::format("{} addresses are often shared, and without its {} an exchange cannot "
                            "tell whose the money is: state the {}, or state that there is none",
                            network.title, rule.name, rule.name));
  }
  if (memo->empty()) return {};
  if (rule.need == MemoNeed::kNone) {
    return fail("memo.unexpected", fmt::format("{} has no memo or tag: leave it out, and make sure "
                                               "that the network is the right one",
                                               network.title));
  }
  if (!fits(rule, *memo)) {
    return fail("memo.form", fmt::format("the {} is not what {} takes: {}", rule.name,
                                         network.title, described(rule)));
  }
  return {};
}

bool look_alike(const Network& network, const Address& known, const Address& text) {
  if (known.destination == text.destination) return false;
  // Capitals are overlooked too.
  const std::string a = to_lower_ascii(known.text), b = to_lower_ascii(text.text);
  const std::string_view tail_a = std::string_view(a).substr(lead_of(*network.form, known.text));
  const std::string_view tail_b = std::string_view(b).substr(lead_of(*network.form, text.text));
  return same_ends(tail_a, tail_b) || nearly_same(tail_a, tail_b);
}

}  // namespace keystile::address
