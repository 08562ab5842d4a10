// A program that watches markets with ccxt's watch…() calls as they stand. Nothing here is of Keystile.
// Usage: streams_ccxt.js SYMBOL…   EXCHANGE and BASE_URL in the environment.
// For each symbol: the price moves some steps, until the watched book is the one that REST shows, and each
// trade was seen once. Prints {symbol: {steps, levels, trades, bid_below_ask, repeated, unseen}}.
"use strict";
const path = require("path");

const STEPS = 12, LEVELS = 10;
const { EXCHANGE, BASE_URL } = process.env;

function moved(urls) {
  if (typeof urls === "string") {
    return urls.replace(/^https:\/\/[^/]+/, BASE_URL).replace(/^wss:\/\/[^/]+/, BASE_URL.replace("https", "wss"));
  }
  return Object.fromEntries(Object.entries(urls).map(([name, url]) => [name, moved(url)]));
}

async function step() {
  const answer = await fetch(`${BASE_URL}/__sandbox__/tick`, { method: "POST", body: '{"steps":1}' });
  if (!answer.ok) throw new Error(`no step: ${answer.status}`);
}

const top = (book) => JSON.stringify([book.bids, book.asks].map((side) => side.slice(0, LEVELS).map(([p, q]) => [p, q])));

async function collect(exchange, symbol, seen) {
  for (;;) for (const trade of await exchange.watchTrades(symbol)) seen.push(trade.id);
}

// The next book, moving the price until there is one: an exchange tells only what changes.
async function next(exchange, symbol) {
  let book = null;
  const coming = exchange.watchOrderBook(symbol).then((told) => { book = told; });
  while (!book) {
    await step();
    await Promise.race([coming, new Promise((done) => setTimeout(done, 50))]);
  }
  return book;
}

async function watch(exchange, symbol) {
  const seen = [];
  collect(exchange, symbol, seen).catch((error) => { if (!exchange.ended) throw error; });
  let book, steps = 0;
  for (; steps < STEPS; ++steps) book = await next(exchange, symbol);
  const wanted = await exchange.fetchOrderBook(symbol, LEVELS * 2);
  // The last changes may still be on their way.
  for (const end = Date.now() + 10000; top(book) !== top(wanted) && Date.now() < end;) {
    await new Promise((done) => setTimeout(done, 20));
  }
  const made = (await exchange.fetchTrades(symbol, undefined, 200)).map((trade) => trade.id);
  const told = new Set(seen);
  const since = made.slice(Math.max(0, made.indexOf(seen[0])));
  return {
    steps, levels: Math.min(book.bids.length, book.asks.length, LEVELS), same: top(book) === top(wanted),
    crossed: book.bids[0][0] >= book.asks[0][0], trades: told.size, repeated: seen.length - told.size,
    unseen: since.filter((id) => !told.has(id)).length,
  };
}

async function main() {
  const ccxt = (await import(path.join(process.env.NODE_PATH, "ccxt/js/ccxt.js"))).default;
  const exchange = new ccxt.pro[EXCHANGE]({ enableRateLimit: false, newUpdates: true });
  exchange.urls.api = moved(exchange.urls.api);
  // By "/stream", which else is in the host's name, it tells spot from futures.
  if (EXCHANGE === "binance") exchange.urls.api.ws.spot += "/streams";
  const out = {};
  for (const symbol of process.argv.slice(2)) out[symbol] = await watch(exchange, symbol);
  exchange.ended = true;
  await exchange.close();
  console.log(JSON.stringify(out));
  process.exit(0);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
