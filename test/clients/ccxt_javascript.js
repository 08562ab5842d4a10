// ccxt for JavaScript, unmodified, on the exchange named by the environment.
"use strict";
const path = require("path");
const tls = require("tls");
const { access, clientOrderId, number, Transcript } = require("./transcript");

const SPOT = "BTC/USDT", PERP = "BTC/USDT:USDT";
const PERP_AMOUNT = { okx: 1 }; // contracts of 0.01 BTC; elsewhere BTC
const TRANSFER = { binance: ["spot", "funding"], okx: ["trading", "funding"], bybit: ["unified", "funding"] };
const KNOWINGLY = { acknowledged: true }; // ccxt warns that fetchOrder at Bybit sees recent orders only
const MARKET_BY_BASE = { okx: { tgtCcy: "base_ccy" }, bybit: { marketUnit: "baseCoin" } };

// As if every name had this one address, and HTTPS this port.
if (process.env.CONNECT_TO) {
  const [host, port] = process.env.CONNECT_TO.split(":");
  const connect = tls.connect;
  tls.connect = (to, ...rest) => connect.call(tls, { ...to, servername: to.servername || to.host, host, port }, ...rest);
}

// The same paths on another host.
function moved(urls, base) {
  if (typeof urls === "string") return urls.replace(/^https:\/\/[^/]+/, base);
  return Object.fromEntries(Object.entries(urls).map(([name, url]) => [name, moved(url, base)]));
}

// As an ES module: ccxt's CommonJS half needs Node.js 20, and Debian 12 has 18.
const load = async () => (await import(path.join(process.env.NODE_PATH, "ccxt/js/ccxt.js"))).default;

function openExchange(ccxt, kind) {
  const own = access(kind);
  const exchange = new ccxt[own.exchange]({
    apiKey: own.key, secret: own.secret, password: own.passphrase || undefined, enableRateLimit: false,
  });
  if (own.baseUrl) exchange.urls.api = moved(exchange.urls.api, own.baseUrl);
  if (process.env.HTTPS_PROXY) exchange.httpsProxy = process.env.HTTPS_PROXY;
  return exchange;
}

function orderView(order) {
  const view = {};
  for (const name of ["symbol", "type", "side", "status", "reduceOnly"]) view[name] = order[name] ?? null;
  for (const name of ["price", "amount", "filled", "remaining"]) view[name] = number(order[name]);
  return view;
}

const tradeView = (trade) =>
  ({ symbol: trade.symbol, side: trade.side, price: number(trade.price), amount: number(trade.amount) });
const symbolView = (order) => ({ symbol: order.symbol });
const marketView = (market) => ({ active: market.active, contractSize: number(market.contractSize), maker: number(market.maker) });
const transferView = (result) => ({ code: result.currency, amount: number(result.amount) });

async function spot(t, exchange) {
  const before = await t.step("balance before", () => exchange.fetchBalance(), (b) => Object.keys(b.total).sort());
  let order = await t.step("limit order", () =>
    exchange.createOrder(SPOT, "limit", "buy", 0.01, 40000, { clientOrderId: clientOrderId("a") }), symbolView);
  const onlyThis = (found) => found.filter((one) => one.id === order.id).map(orderView);
  await t.step("fetch order", () => exchange.fetchOrder(order.id, SPOT, KNOWINGLY), orderView);
  await t.step("open orders", () => exchange.fetchOpenOrders(SPOT), onlyThis);
  order = await t.step("edit order", () => exchange.editOrder(order.id, SPOT, "limit", "buy", 0.011, 41000), symbolView);
  await t.step("fetch edited", () => exchange.fetchOrder(order.id, SPOT, KNOWINGLY), orderView);
  await t.step("cancel order", () => exchange.cancelOrder(order.id, SPOT), () => ({ cancelled: true }));
  await t.step("fetch cancelled", () => exchange.fetchOrder(order.id, SPOT, KNOWINGLY), orderView);
  await t.step("cancel again", () => exchange.cancelOrder(order.id, SPOT));
  for (const side of ["buy", "sell"]) {
    order = await t.step(`market ${side}`, () =>
      exchange.createOrder(SPOT, "market", side, 0.01, undefined, MARKET_BY_BASE[exchange.id] || {}), symbolView);
    await t.step(`market ${side} trades`, () => exchange.fetchMyTrades(SPOT),
      (found) => found.filter((trade) => trade.order === order.id).map(tradeView));
  }
  await t.step("balance after", () => exchange.fetchBalance(), (b) => ({
    BTC: number(b.total.BTC - before.total.BTC), USDT: number(b.total.USDT - before.total.USDT) }));
  if (exchange.has.fetchOrders) await t.step("orders", () => exchange.fetchOrders(SPOT), onlyThis);
  if (exchange.has.fetchClosedOrders) await t.step("closed orders", () => exchange.fetchClosedOrders(SPOT), onlyThis);
  await t.step("too small", () => exchange.createOrder(SPOT, "limit", "buy", 0.00001, 1000));
}

async function perpetual(t, exchange) {
  const amount = PERP_AMOUNT[exchange.id] || 0.01;
  const params = exchange.id === "okx" ? { marginMode: "isolated" } : {};
  const positions = (found) => found.filter((p) => p.contracts).map((p) => ({ side: p.side, contracts: number(p.contracts) }));
  await t.step("perp open", () => exchange.createOrder(PERP, "market", "buy", amount, undefined, params), symbolView);
  await t.step("positions", () => exchange.fetchPositions([PERP]), positions);
  const close = await t.step("perp close", () =>
    exchange.createOrder(PERP, "market", "sell", amount, undefined, { ...params, reduceOnly: true }), symbolView);
  await t.step("perp closed", () => exchange.fetchOrder(close.id, PERP, KNOWINGLY), orderView);
  await t.step("positions after", () => exchange.fetchPositions([PERP]), positions);
}

async function funds(t, exchange) {
  const [from, to] = TRANSFER[exchange.id];
  await t.step("transfer", () => exchange.transfer("USDT", 25, from, to), transferView);
  await t.step("transfer back", () => exchange.transfer("USDT", 25, to, from), transferView);
  await t.step("deposit address", () => exchange.fetchDepositAddress("USDT", { network: "TRC20" }),
    (a) => ({ currency: a.currency, address: a.address }));
  await t.step("withdraw", () => exchange.withdraw("ETH", 0.5, "0x71C7656EC7ab88b098defB751B7401B5f6d8976F", undefined,
    { network: "ERC20" }), (w) => ({ withdrawn: Boolean(w.id) }));
  await t.step("withdrawals", () => exchange.fetchWithdrawals("ETH"), (found) => ({ some: found.length > 0 }));
}

async function flow(t) {
  const ccxt = await load();
  const trading = openExchange(ccxt, "TRADE");
  await t.step("markets", () => trading.loadMarkets(), (markets) => [SPOT, PERP].map((name) => marketView(markets[name])));
  await spot(t, trading);
  await perpetual(t, trading);
  const purse = openExchange(ccxt, "FUNDS");
  purse.setMarkets(trading.markets, trading.currencies);
  await funds(t, purse);
}

new Transcript().tell(flow);
