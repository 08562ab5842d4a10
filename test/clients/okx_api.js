// okx-api from npm, unmodified.
"use strict";
const { access, clientOrderId, number, Transcript } = require("./transcript");
const { RestClient } = require("okx-api");

const SPOT = "BTC-USDT", PERP = "BTC-USDT-SWAP";

function openClient(kind) {
  const own = access(kind);
  return new RestClient({ apiKey: own.key, apiSecret: own.secret, apiPass: own.passphrase, baseUrl: own.baseUrl });
}

const orderView = ([o]) => ({
  instId: o.instId, side: o.side, ordType: o.ordType, state: o.state, px: number(o.px), sz: number(o.sz),
  filled: number(o.accFillSz), reduceOnly: o.reduceOnly,
});
const accepted = ([answer]) => ({ sCode: answer.sCode });

async function spot(t, client) {
  const id = clientOrderId("a"), market = clientOrderId("m");
  await t.step("instruments", () => client.getInstruments({ instType: "SPOT", instId: SPOT }),
    ([i]) => ({ instId: i.instId, tickSz: number(i.tickSz), lotSz: number(i.lotSz) }));
  await t.step("balance", () => client.getBalance({ ccy: "BTC" }), ([b]) => b.details.map((d) => d.ccy));
  await t.step("limit order", () => client.submitOrder({
    instId: SPOT, tdMode: "cash", side: "buy", ordType: "limit", sz: "0.01", px: "40000", clOrdId: id }), accepted);
  await t.step("fetch order", () => client.getOrderDetails({ instId: SPOT, clOrdId: id }), orderView);
  await t.step("open orders", () => client.getOrderList({ instType: "SPOT" }),
    (found) => orderView(found.filter((o) => o.clOrdId === id)));
  await t.step("amend", () => client.amendOrder({ instId: SPOT, clOrdId: id, newSz: "0.011", newPx: "41000" }), accepted);
  await t.step("fetch amended", () => client.getOrderDetails({ instId: SPOT, clOrdId: id }), orderView);
  await t.step("cancel", () => client.cancelOrder({ instId: SPOT, clOrdId: id }), accepted);
  await t.step("cancel again", () => client.cancelOrder({ instId: SPOT, clOrdId: id }), accepted);
  await t.step("market", () => client.submitOrder({
    instId: SPOT, tdMode: "cash", side: "sell", ordType: "market", sz: "0.01", clOrdId: market }), accepted);
  await t.step("fills", () => client.getFills({ instType: "SPOT" }),
    (found) => found.filter((f) => f.clOrdId === market).map((f) => ({ side: f.side, px: number(f.fillPx), sz: number(f.fillSz) })));
  await t.step("history", () => client.getOrderHistory({ instType: "SPOT" }),
    (found) => orderView(found.filter((o) => o.clOrdId === market)));
  await t.step("too small", () => client.submitOrder({
    instId: SPOT, tdMode: "cash", side: "buy", ordType: "limit", sz: "0.0000001", px: "40000" }), accepted);
}

async function perpetual(t, client) {
  const order = { instId: PERP, tdMode: "isolated", ordType: "market", sz: "1" };
  const close = clientOrderId("c");
  await t.step("perp open", () => client.submitOrder({ ...order, side: "buy" }), accepted);
  await t.step("positions", () => client.getPositions({ instType: "SWAP" }),
    (found) => found.map((p) => ({ instId: p.instId, pos: number(p.pos) })));
  await t.step("perp close", () => client.submitOrder({ ...order, side: "sell", reduceOnly: true, clOrdId: close }), accepted);
  await t.step("perp closed", () => client.getOrderDetails({ instId: PERP, clOrdId: close }), orderView);
}

async function funds(t, client) {
  await t.step("transfer", () => client.fundsTransfer({ ccy: "USDT", amt: "25", from: "18", to: "6" }),
    ([r]) => ({ ccy: r.ccy, amt: number(r.amt) }));
  await t.step("transfer back", () => client.fundsTransfer({ ccy: "USDT", amt: "25", from: "6", to: "18" }),
    ([r]) => ({ ccy: r.ccy, amt: number(r.amt) }));
  await t.step("deposit address", () => client.getDepositAddress({ ccy: "USDT" }),
    (found) => found.map((a) => a.chain + " " + a.addr).sort());
  await t.step("withdraw", () => client.submitWithdraw({
    ccy: "USDT", amt: "20", dest: "4", toAddr: "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE", chain: "USDT-TRC20" }),
    ([w]) => ({ ccy: w.ccy }));
  await t.step("withdrawals", () => client.getWithdrawalHistory({ ccy: "USDT" }), (found) => ({ some: found.length > 0 }));
}

new Transcript().tell(async (t) => {
  const trading = openClient("TRADE");
  await spot(t, trading);
  await perpetual(t, trading);
  await funds(t, openClient("FUNDS"));
});
