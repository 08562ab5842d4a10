// An ordinary program: ccxt for JavaScript, given a key and a base URL, trades. It knows nothing of
// Keystile. Prints one JSON line per step.
import process from 'node:process';

// As an ES module: ccxt's CommonJS half needs Node.js 20, and Debian 12 has 18.
const { default: ccxt } = await import(`${process.env.NODE_PATH}/ccxt/js/ccxt.js`);
const { exchange: name, symbol, price, amount, config } = JSON.parse(process.env.TRADE);
const exchange = new ccxt[name](config);

function say(step, detail) {
  console.log(JSON.stringify({ step, detail }));
}

async function main() {
  await exchange.loadMarkets();
  say('markets', exchange.symbols.length);
  const balance = await exchange.fetchBalance();
  say('balance', balance.USDT.total);
  const order = await exchange.createOrder(symbol, 'limit', 'buy', amount, price);
  say('order', order.id);
  const open = await exchange.fetchOpenOrders(symbol);
  say('open', open.length);
  await exchange.cancelOrder(order.id, symbol);
  say('cancelled', order.id);
  const market = await exchange.createOrder(symbol, 'market', 'buy', amount, price);
  say('market order', market.id);
  const trades = await exchange.fetchMyTrades(symbol);
  say('trades', trades.length);
}

main().catch((error) => {
  say('failed', `${error.constructor.name}: ${error.message}`);
  process.exit(1);
});
