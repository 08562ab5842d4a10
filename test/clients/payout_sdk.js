// A treasury program: one call of an exchange's package from npm, as it stands. It knows nothing of Keystile.
// Usage: payout_sdk.js withdraw AMOUNT OWN-ID ADDRESS | history | cancel ID | transfer AMOUNT OWN-ID | transfers ID
// Prints {"id": …}, {"rows": [{id, own_id, state}]} or {"refused": message}.
"use strict";
const { EXCHANGE, KEY, SECRET, PASSPHRASE, BASE_URL } = process.env;

// binance has no call that takes a withdrawal back.
function binance() {
  const { MainClient } = require("binance");
  const api = new MainClient({ api_key: KEY, api_secret: SECRET, baseUrl: BASE_URL });
  return {
    withdraw: async (amount, own, address) =>
      (await api.withdraw({ coin: "USDT", network: "TRX", address, amount: Number(amount), withdrawOrderId: own })).id,
    history: async () => (await api.getWithdrawHistory({ coin: "USDT" })).map((row) => [row.id, row.withdrawOrderId, row.status]),
    transfer: async (amount) =>
      (await api.submitUniversalTransfer({ type: "MAIN_FUNDING", asset: "USDT", amount: Number(amount) })).tranId,
    transfers: async () => (await api.getUniversalTransferHistory({ type: "MAIN_FUNDING" })).rows
      .map((row) => [row.tranId, "", row.status]),
    refusal: (error) => error.message || (error.body && error.body.msg),
  };
}

function okx() {
  const { RestClient } = require("okx-api");
  const api = new RestClient({ apiKey: KEY, apiSecret: SECRET, apiPass: PASSPHRASE, baseUrl: BASE_URL });
  return {
    withdraw: async (amt, clientId, toAddr) =>
      (await api.submitWithdraw({ ccy: "USDT", amt, dest: "4", toAddr, chain: "USDT-TRC20", clientId }))[0].wdId,
    history: async () => (await api.getWithdrawalHistory({ ccy: "USDT" })).map((row) => [row.wdId, row.clientId, row.state]),
    cancel: (wdId) => api.cancelWithdrawal({ wdId }),
    transfer: async (amt, clientId) =>
      (await api.fundsTransfer({ ccy: "USDT", amt, from: "18", to: "6", clientId }))[0].transId,
    transfers: async (transId) => (await api.getFundsTransferState({ transId })).map((row) => [row.transId, row.clientId, row.state]),
    refusal: (error) => error.msg || error.message,
  };
}

// bybit-api hands errors back as values.
function bybit() {
  const { RestClientV5 } = require("bybit-api");
  const api = new RestClientV5({ key: KEY, secret: SECRET, baseUrl: BASE_URL });
  const result = ({ retCode, retMsg, result }) => {
    if (retCode !== 0) throw { retMsg };
    return result;
  };
  return {
    withdraw: async (amount, requestId, address) => result(await api.submitWithdrawal({
      coin: "USDT", chain: "TRX", address, amount, requestId, timestamp: Date.now(), accountType: "FUND", forceChain: 1 })).id,
    history: async () => result(await api.getWithdrawalRecords({ coin: "USDT", withdrawType: 2 })).rows
      .map((row) => [row.withdrawId, row.requestId, row.status]),
    cancel: async (id) => result(await api.cancelWithdrawal(id)),
    transfer: async (amount, own) =>
      result(await api.createInternalTransfer(own, "USDT", amount, "UNIFIED", "FUND")).transferId,
    transfers: async (transferId) => result(await api.getInternalTransferRecords({ transferId })).list
      .map((row) => [row.transferId, "", row.status]),
    refusal: (error) => error.retMsg || error.message,
  };
}

async function main() {
  const api = { binance, okx, bybit }[EXCHANGE]();
  const [what, ...words] = process.argv.slice(2);
  let told;
  try {
    const answer = await api[what](...words);
    told = ["history", "transfers"].includes(what)
      ? { rows: answer.map(([id, own, state]) => ({ id: String(id), own_id: own || "", state: String(state) })) }
      : { id: what === "cancel" ? words[0] : String(answer) };
  } catch (error) {
    const message = api.refusal(error);
    if (!message || error instanceof TypeError) throw error;
    told = { refused: String(message) };
  }
  console.log(JSON.stringify(told));
}

main();
