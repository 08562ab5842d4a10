#include "cli/realm_link.h"

#include <fmt/format.h>

#include "cli/ssh_signing.h"
#include "cli/upstream.h"
#include "gate/control.h"
#include "gate/control_line.h"
#include "signer/layout.h"
#include "signer/signed_command.h"

namespace keystile::cli {
namespace {

constexpr std::string_view kHttps = "https://";

}  // namespace

void describe_link(Command& command, LinkOptions* options) {
  command
      .option("--key", &options->key,
              "Your SSH key: private, or public if an agent has it (default: as ssh finds it)")
      .option("--ca", &options->ca, "With a URL: trust only this CA (default: the system's)");
}

bool is_url(const std::string& realm) { return realm.find("://") != realm.npos; }

Result<RealmUrl> parse_realm_url(const std::string& url) {
  const size_t slash = url.find('/', kHttps.size());
  if (!url.starts_with(kHttps) || slash == url.npos || slash == kHttps.size() ||
      slash + 1 == url.size()) {
    return fail(
        "realm.url",
        fmt::format("{} is no realm's URL: it is https://HOST:PORT/NAME, NAME as `origin` in "
                    "the realm's keystile.toml (https://keystile.example:8450/keystile/desk)",
                    printable(url)));
  }
  return RealmUrl{url.substr(0, slash), url.substr(slash + 1)};
}

Result<RealmLink> RealmLink::open(const Globals& globals, const LinkOptions& options) {
  RealmLink link;
  link.options_ = options;
  if (is_url(globals.realm)) {
    KS_TRY(const RealmUrl url, parse_realm_url(globals.realm));
    link.host_ = url.origin;
    link.realm_ = url.realm;
    return link;
  }
  const signer::Layout layout(globals.realm);
  KS_TRY(const signer::NodeSettings settings, signer::load_settings(layout));
  link.realm_ = settings.ledger_origin;
  link.socket_ = layout.control_socket();
  return link;
}

Result<std::string> RealmLink::key_file() const {
  return options_.key.empty() ? usual_ssh_key() : options_.key;
}

Result<json::Value> RealmLink::ask(json::Value command) const {
  if (!is_remote()) return bring(command);
  return ask_signed(std::move(command));
}

Result<json::Value> RealmLink::ask_signed(json::Value command) const {
  KS_TRY(const std::string key, key_file());
  std::string body = signer::body_of(std::move(command), realm_, system_clock().wall());
  KS_TRY(std::string armored, ssh_sign(key, std::string(signer::kRequestNamespace), body));
  return bring(signer::signed_command(std::move(body), std::move(armored)));
}

Result<json::Value> RealmLink::bring(const json::Value& command) const {
  if (!is_remote()) return gate::ask(socket_, command);
  HttpRequest request = request_to("POST", "/v1/command");
  request.headers.push_back({"Content-Type", "application/json"});
  request.body = json::dump(command);
  auto response = ask_origin(host_, std::move(request), options_.ca);
  if (!response && response.error().code == "net.certificate" && options_.ca.empty()) {
    response.error().message += "; --ca FILE names the realm's own CA, its tls/ca.pem";
  } else if (!response && response.error().code == "net.connect") {
    response.error().message += "; [api] in the realm's keystile.toml says where it answers";
  }
  KS_TRY(const HttpResponse answer, std::move(response));
  return gate::read_answer(answer.body);
}

}  // namespace keystile::cli
