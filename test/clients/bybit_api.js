// bybit-api from npm, unmodified.
"use strict";
const { randomUUID } = require("crypto");
const { access, clientOrderId, number, Transcript } = require("./transcript");
const { RestClientV5 } = require("bybit-api");

const SPOT = { category: "spot", symbol: "BTCUSDT" };
const LINEAR = { category: "linear", symbol: "BTCUSDT" };

// This SDK returns errors as values; here they are thrown, so that all scripts read alike.
class Refused extends Error {}

function result(answer) {
  if (answer.retCode !== 0) throw new Refused(JSON.stringify({ retCode: answer.retCode, retMsg: answer.retMsg }));
  return answer.result;
}

function openClient(kind) {
  const own = access(kind);
  return new RestClientV5({ key: own.key, secret: own.secret, baseUrl: own.baseUrl });
}

const orderView = (o) => ({
  symbol: o.symbol, side: o.side, type: o.orderType, status: o.orderStatus, price: number(o.price), qty: number(o.qty),
  filled: number(o.cumExecQty), reduceOnly: o.reduceOnly,
});
const done = () => "done";

async function spot(t, client) {
  const id = clientOrderId("a"), market = clientOrderId("m");
  const mine = (found) => found.list.filter((o) => o.orderLinkId === id).map(orderView);
  await t.step("limit order", async () => result(await client.submitOrder({
    ...SPOT, side: "Buy", orderType: "Limit", qty: "0.01", price: "40000", timeInForce: "GTC", orderLinkId: id })), done);
  await t.step("open orders", async () => result(await client.getActiveOrders(SPOT)), mine);
  await t.step("amend", async () => result(await client.amendOrder({ ...SPOT, orderLinkId: id, qty: "0.011", price: "41000" })), done);
  await t.step("fetch amended", async () => result(await client.getActiveOrders({ ...SPOT, orderLinkId: id })), mine);
  await t.step("cancel", async () => result(await client.cancelOrder({ ...SPOT, orderLinkId: id })), done);
  await t.step("cancel again", async () => result(await client.cancelOrder({ ...SPOT, orderLinkId: id })), done);
  await t.step("market", async () => result(await client.submitOrder({
    ...SPOT, side: "Sell", orderType: "Market", qty: "0.01", orderLinkId: market })), done);
  await t.step("executions", async () => result(await client.getExecutionList(SPOT)),
    (found) => found.list.filter((e) => e.orderLinkId === market).map((e) => [e.side, number(e.execPrice), number(e.execQty)]));
  await t.step("history", async () => result(await client.getHistoricOrders(SPOT)), mine);
  await t.step("batch", async () => result(await client.batchSubmitOrders("spot", [
    { symbol: "BTCUSDT", side: "Buy", orderType: "Limit", qty: "0.001", price: "40000", orderLinkId: clientOrderId("b1") },
    { symbol: "BTCUSDT", side: "Buy", orderType: "Limit", qty: "0.001", price: "41000", orderLinkId: clientOrderId("b2") }])),
    (found) => found.list.length);
  await t.step("batch cancel", async () => result(await client.batchCancelOrders("spot", [
    { symbol: "BTCUSDT", orderLinkId: clientOrderId("b1") }, { symbol: "BTCUSDT", orderLinkId: clientOrderId("b2") }])),
    (found) => found.list.length);
}

async function perpetual(t, client) {
  const close = clientOrderId("c");
  await t.step("perp open", async () => result(await client.submitOrder({ ...LINEAR, side: "Buy", orderType: "Market", qty: "0.01" })), done);
  await t.step("positions", async () => result(await client.getPositionInfo(LINEAR)),
    (found) => found.list.map((p) => [p.side, number(p.size)]));
  await t.step("perp close", async () => result(await client.submitOrder({
    ...LINEAR, side: "Sell", orderType: "Market", qty: "0.01", reduceOnly: true, orderLinkId: close })), done);
  await t.step("perp closed", async () => result(await client.getHistoricOrders(LINEAR)),
    (found) => found.list.filter((o) => o.orderLinkId === close).map(orderView));
}

async function funds(t, client) {
  await t.step("transfer", async () => result(await client.createInternalTransfer(randomUUID(), "USDT", "25", "UNIFIED", "FUND")), done);
  await t.step("transfer back", async () => result(await client.createInternalTransfer(randomUUID(), "USDT", "25", "FUND", "UNIFIED")), done);
  await t.step("deposit address", async () => result(await client.getMasterDepositAddress("USDT")),
    (found) => found.chains.map((c) => `${c.chain} ${c.addressDeposit}`).sort());
  await t.step("withdraw", async () => result(await client.submitWithdrawal({
    coin: "USDT", chain: "TRX", address: "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE", amount: "20", timestamp: Date.now(), accountType: "FUND" })), done);
  await t.step("withdrawals", async () => result(await client.getWithdrawalRecords({ coin: "USDT" })), (found) => found.rows.length > 0);
}

new Transcript().tell(async (t) => {
  const trading = openClient("TRADE");
  await t.step("instruments", async () => result(await trading.getInstrumentsInfo(SPOT)),
    (found) => found.list.map((i) => [i.symbol, i.priceFilter.tickSize]));
  await t.step("balance", async () => result(await trading.getWalletBalance({ accountType: "UNIFIED" })),
    (found) => found.list[0].coin.map((c) => c.coin).sort());
  await spot(t, trading);
  await perpetual(t, trading);
  await funds(t, openClient("FUNDS"));
});
