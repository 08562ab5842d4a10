#include "base/encoding.h"
#include "base/json.h"
#include "exchanges/bybit/protocol.h"

namespace keystile::exchanges::bybit {
namespace {

// Where the members of each object at that depth begin, in valid JSON text.
std::vector<size_t> objects_at_depth(std::string_view text, int wanted) {
  std::vector<size_t> begins;
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (c == '{' && depth == wanted) begins.push_back(i + 1);
      ++depth;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return begins;
}

tl::unexpected<Error> not_spliced() {
  return fail("sign.client_order_id", "the client order ids do not match the orders of the body");
}

// For each order of the body: does it still need an orderLinkId?
std::vector<bool> lacks_link_id(const json::Value& body, bool batch) {
  std::vector<bool> lacks;
  if (!batch) {
    lacks.push_back(!body.find("orderLinkId"));
  } else if (const json::Value* request = body.find("request"); request && request->if_array()) {
    for (const json::Value& order : *request->if_array()) {
      lacks.push_back(!order.find("orderLinkId"));
    }
  }
  return lacks;
}

// Puts "orderLinkId" first into each order that has none; every other byte stays.
Result<std::string> with_link_ids(const std::string& body, bool batch,
                                  std::span<const std::string> ids) {
  if (ids.empty()) return body;
  KS_TRY(const json::Value value, json::parse(body));
  const std::vector<bool> lacks = lacks_link_id(value, batch);
  // In a batch body the orders are the objects in the one array, `request`; interpret() lets no
  // other array or object through beside it.
  const std::vector<size_t> begins = objects_at_depth(body, batch ? 2 : 0);
  if (begins.size() != lacks.size()) return not_spliced();

  std::string out;
  size_t copied = 0, used = 0;
  for (size_t i = 0; i < begins.size(); ++i) {
    if (!lacks[i]) continue;
    if (used == ids.size()) return not_spliced();
    out.append(body, copied, begins[i] - copied);
    out += "\"orderLinkId\":" + json::quoted(ids[used++]) + ",";
    copied = begins[i];
  }
  if (used != ids.size()) return not_spliced();
  return out.append(body, copied);
}

void keep_header(const HttpRequest& from, std::string_view name, HttpRequest* to) {
  if (const std::string* value = find_header(from.headers, name)) {
    to->headers.push_back({std::string(name), *value});
  }
}

}  // namespace

Result<HttpRequest> Bybit::sign(const HttpRequest& request, const Route& route, const RealKey& key,
                                WallTime now, Millis window,
                                std::span<const std::string> client_order_ids) const {
  HttpRequest out;
  out.method = request.method;
  out.path = request.path;
  out.query = request.query;
  out.has_query = request.has_query;
  KS_TRY(out.body, with_link_ids(request.body, is_batch(route.path), client_order_ids));
  for (const char* name : {"Accept", "User-Agent"}) {
    keep_header(request, name, &out);
  }
  // Written afresh, so that a character set named there cannot make the exchange read other text
  // than we did.
  if (!out.body.empty()) out.headers.push_back({"Content-Type", "application/json"});

  const std::string timestamp = std::to_string(epoch_ms(now));
  const std::string window_text = std::to_string(window.count());
  const std::string key_id(key.key_id);
  KS_TRY(const std::string raw, key.key->sign(timestamp + key_id + window_text +
                                              (out.method == "GET" ? out.query : out.body)));
  const bool hmac = key.key->algorithm() == crypto::KeyAlgorithm::kHmacSha256;
  out.headers.push_back({std::string(kKeyHeader), key_id});
  out.headers.push_back({std::string(kTimestampHeader), timestamp});
  out.headers.push_back({std::string(kWindowHeader), window_text});
  out.headers.push_back(
      {std::string(kSignatureHeader), hmac ? hex_encode(raw) : base64_encode(raw)});
  return out;
}

}  // namespace keystile::exchanges::bybit
