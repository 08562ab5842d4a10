// binance from npm, unmodified: spot by its MainClient, perpetuals by its USDMClient.
"use strict";
const { access, clientOrderId, number, Transcript } = require("./transcript");
const { MainClient, USDMClient } = require("binance");

const PAIR = "BTCUSDT";

function openClient(Client, kind) {
  const own = access(kind);
  return new Client({ api_key: own.key, api_secret: own.secret, baseUrl: own.baseUrl });
}

const orderView = (o) => ({
  symbol: o.symbol, side: o.side, type: o.type, status: o.status, price: number(o.price), quantity: number(o.origQty),
  filled: number(o.executedQty), reduceOnly: o.reduceOnly ?? null,
});

async function spot(t, client) {
  const id = clientOrderId("a"), changed = clientOrderId("b"), market = clientOrderId("m");
  await t.step("exchange info", () => client.getExchangeInfo({ symbol: PAIR }), (info) => info.symbols.map((s) => s.symbol));
  await t.step("account", () => client.getAccountInformation(),
    (a) => a.balances.filter((b) => Number(b.free)).map((b) => b.asset).sort());
  await t.step("limit order", () => client.submitNewOrder({
    symbol: PAIR, side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: 0.01, price: 40000, newClientOrderId: id }), orderView);
  await t.step("get order", () => client.getOrder({ symbol: PAIR, origClientOrderId: id }), orderView);
  await t.step("open orders", () => client.getOpenOrders({ symbol: PAIR }),
    (found) => found.filter((o) => o.clientOrderId === id).map(orderView));
  await t.step("replace", () => client.replaceOrder({
    symbol: PAIR, side: "BUY", type: "LIMIT", cancelReplaceMode: "STOP_ON_FAILURE", cancelOrigClientOrderId: id, timeInForce: "GTC",
    quantity: 0.011, price: 41000, newClientOrderId: changed }), (r) => [r.cancelResult, r.newOrderResult]);
  await t.step("cancel", () => client.cancelOrder({ symbol: PAIR, origClientOrderId: changed }), orderView);
  await t.step("cancel again", () => client.cancelOrder({ symbol: PAIR, origClientOrderId: changed }));
  const filled = await t.step("market", () => client.submitNewOrder({
    symbol: PAIR, side: "SELL", type: "MARKET", quantity: 0.01, newClientOrderId: market }), orderView);
  await t.step("trades", () => client.getAccountTradeList({ symbol: PAIR }),
    (found) => found.filter((x) => x.orderId === filled.orderId).map((x) => [number(x.price), number(x.qty)]));
  await t.step("all orders", () => client.getAllOrders({ symbol: PAIR }),
    (found) => found.filter((o) => o.clientOrderId === market).map(orderView));
}

async function perpetual(t, client) {
  const close = clientOrderId("c");
  await t.step("perp limit", () => client.submitNewOrder({
    symbol: PAIR, side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: 0.01, price: 40000, newClientOrderId: clientOrderId("p") }), orderView);
  await t.step("perp modify", () => client.modifyOrder({
    symbol: PAIR, side: "BUY", quantity: 0.012, price: 41000, origClientOrderId: clientOrderId("p") }), orderView);
  await t.step("perp cancel", () => client.cancelOrder({ symbol: PAIR, origClientOrderId: clientOrderId("p") }), orderView);
  await t.step("perp open", () => client.submitNewOrder({ symbol: PAIR, side: "BUY", type: "MARKET", quantity: 0.01 }),
    (o) => [o.symbol, o.side]);
  await t.step("positions", () => client.getPositionsV3({ symbol: PAIR }), (found) => found.map((p) => number(p.positionAmt)));
  await t.step("perp close", () => client.submitNewOrder({
    symbol: PAIR, side: "SELL", type: "MARKET", quantity: 0.01, reduceOnly: "true", newClientOrderId: close }), (o) => [o.symbol, o.side]);
  await t.step("perp closed", () => client.getOrder({ symbol: PAIR, origClientOrderId: close }), orderView);
}

async function funds(t, client) {
  await t.step("transfer", () => client.submitUniversalTransfer({ type: "MAIN_FUNDING", asset: "USDT", amount: 25 }), (r) => Object.keys(r));
  await t.step("transfer back", () => client.submitUniversalTransfer({ type: "FUNDING_MAIN", asset: "USDT", amount: 25 }), (r) => Object.keys(r));
  await t.step("deposit address", () => client.getDepositAddress({ coin: "USDT", network: "TRX" }), (a) => [a.coin, a.address]);
  await t.step("withdraw", () => client.withdraw({ coin: "USDT", network: "TRX", address: "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE", amount: 20 }),
    (r) => Object.keys(r));
  await t.step("withdrawals", () => client.getWithdrawHistory({ coin: "USDT" }), (found) => found.length > 0);
}

new Transcript().tell(async (t) => {
  await spot(t, openClient(MainClient, "TRADE"));
  await perpetual(t, openClient(USDMClient, "TRADE"));
  await funds(t, openClient(MainClient, "FUNDS"));
});
