#include "quorum/approval_text.h"

#include <fmt/format.h>

#include "quorum/fields.h"
#include "quorum/hold_text.h"
#include "quorum/plain_text.h"

namespace keystile::quorum {
namespace {

// A long value wraps on a narrow screen. So that its rest cannot pass for a fact of its own, no
// value that a program may have chosen has a colon before a space.
std::string plain_value(std::string_view value) {
  std::string out = plain_text(value);
  for (size_t at = out.find(": "); at != out.npos; at = out.find(": ", at)) {
    out.replace(at, 1, "\\u{3a}");
  }
  return out;
}

class Lines {
 public:
  void text(std::string_view label, const std::string& value, Need) {
    line(label, value.empty() ? "(none)" : plain_value(value));
  }
  void number(std::string_view label, uint64_t value) { line(label, std::to_string(value)); }
  void hash(std::string_view label, const std::string& value) {
    line(label, "sha256:" + plain_text(value));
  }
  void amount(std::string_view label, const Decimal& value) { line(label, value.str()); }
  void value(std::string_view label, const std::optional<Worth>& worth) {
    line(label, worth ? worth->amount.str() + " " + plain_text(worth->currency) : "(unknown)");
  }
  void time(std::string_view label, WallTime value) { line(label, iso8601(value)); }
  void choice(std::string_view label, bool value, std::string_view if_true,
              std::string_view if_false) {
    line(label, value ? if_true : if_false);
  }
  void hold(std::string_view label, const PolicyChange& change) {
    if (change.hold) line(label, hold_text(change));
  }
  void target(std::string_view label, const FreezeTarget& value) {
    line(label, plain_value(to_string(value)));
    line("goes on again", stopped_by(value));
  }
  void list(std::string_view label, const std::vector<std::string>& values) {
    for (size_t i = 0; i < values.size(); ++i) {
      line(fmt::format("{} {}", label, i + 1), plain_text(values[i]));
    }
  }
  void asker(std::string_view label, const Asker& value) {
    line(label, plain_text(to_string(value)));
  }
  void action(std::string_view label, const Proposal& proposal) {
    line(label, to_string(proposal.action()));
  }

  void line(std::string_view label, std::string_view value) {
    out_ += fmt::format("{:<16}{}\n", fmt::format("{}:", label), value);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

}  // namespace

std::string_view to_string(Decision decision) {
  return decision == Decision::kApprove ? "approve" : "reject";
}

std::optional<Decision> parse_decision(std::string_view text) {
  for (const Decision decision : {Decision::kApprove, Decision::kReject}) {
    if (text == to_string(decision)) return decision;
  }
  return std::nullopt;
}

std::string approval_text(const Proposal& proposal, Decision decision) {
  Lines lines;
  lines.line("decision", decision == Decision::kApprove ? "APPROVE" : "REJECT");
  visit(lines, proposal);
  return lines.take();
}

std::string name_space(Action action) { return fmt::format("{}@keystile", to_string(action)); }

}  // namespace keystile::quorum
