// A payout program: one call of ccxt, as it stands. It knows nothing of Keystile.
// Usage: payout_ccxt.js METHOD ARGUMENTS-AS-JSON. Prints {"result": …} or {"error": class, "message": …}.
const path = require("path");

// The same paths on another host.
function moved(urls, base) {
  if (typeof urls === "string") return urls.replace(/^https:\/\/[^/]+/, base);
  return Object.fromEntries(Object.entries(urls).map(([name, url]) => [name, moved(url, base)]));
}

const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());

async function main() {
  // As an ES module: ccxt's CommonJS half needs Node.js 20, and Debian 12 has 18.
  const ccxt = (await import(path.join(process.env.NODE_PATH, "ccxt/js/ccxt.js"))).default;
  const { EXCHANGE, KEY, SECRET, PASSPHRASE, BASE_URL } = process.env;
  const exchange = new ccxt[EXCHANGE]({ apiKey: KEY, secret: SECRET, password: PASSPHRASE || undefined, enableRateLimit: false });
  exchange.urls.api = moved(exchange.urls.api, BASE_URL);
  let told;
  try {
    const list = JSON.parse(process.argv[3]).map((one) => (one === null ? undefined : one));
    told = { result: await exchange[camel(process.argv[2])](...list) };
  } catch (error) {
    if (!(error instanceof ccxt.BaseError)) throw error;
    told = { error: error.constructor.name, message: String(error.message) };
  }
  const headers = Object.fromEntries(Object.entries(exchange.last_response_headers || {}).map(([n, v]) => [n.toLowerCase(), v]));
  console.log(JSON.stringify({ ...told, reason: headers["x-keystile-reason"] || "" }));
}

main();
