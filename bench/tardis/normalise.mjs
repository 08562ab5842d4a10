// tardis-dev reads the recorded messages: JSON.parse, then each of its mappers that can handle the
// message. Prints one line, {"messages":…,"events":…,"seconds":…}: the sum over the products of the
// median of ROUNDS passes, after some that let it compile.
// Usage: node normalise.mjs FOLDER_OF_RECORDINGS PACKAGES   (where node_modules is)
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { gunzipSync } from 'node:zlib'

const [folder, packages] = process.argv.slice(2)
const tardis = createRequire(packages + '/')('tardis-dev')
const WARM = 5
const ROUNDS = 15
const TYPES = ['Trades', 'BookChanges', 'BookTickers', 'DerivativeTickers', 'Liquidations', 'OptionsSummary']
// The date chooses the mappers that read the shapes which the recordings have.
const PRODUCTS = {
  'binance-spot': ['binance', '2024-01-01'],
  'binance-us-spot': ['binance-us', '2024-01-01'],
  'binance-usdm': ['binance-futures', '2024-01-01'],
  'binance-coinm': ['binance-delivery', '2024-01-01'],
  okx: ['okex-swap', '2022-01-01'],
  'bybit-spot': ['bybit-spot', '2025-06-01'],
  'bybit-linear': ['bybit', '2025-06-01'],
  deribit: ['deribit', '2024-01-01']
}

function load(product) {
  const messages = []
  for (const family of ['.book', '.trade', '.ticker', '.derivative']) {
    for (const ending of ['.jsonl', '.jsonl.gz']) {
      const path = `${folder}/${product}${family}${ending}`
      if (!existsSync(path)) continue
      const bytes = readFileSync(path)
      const text = (ending === '.jsonl' ? bytes : gunzipSync(bytes)).toString()
      for (const line of text.split('\n')) if (line) messages.push(of(JSON.parse(line)))
    }
  }
  return messages
}

// A book that was asked for by REST comes to tardis-dev as a message that it makes itself.
function of({ raw, stream, received, src }) {
  const asked = /[?&]symbol=(\w+)/.exec(stream)
  const shown = asked ? `{"stream":"${asked[1].toLowerCase()}@depthSnapshot","generated":true,"data":${raw}}` : raw
  return { raw: shown, received: new Date(received / 1e6), session: src }
}

function mappersOf([exchange, date]) {
  return TYPES.flatMap((type) => {
    try {
      return [tardis[`normalize${type}`](exchange, new Date(date))]
    } catch {
      return [] // it does not know this type of that exchange
    }
  })
}

function read(messages, product) {
  let events = 0
  let session
  let mappers
  for (const { raw, received, session: its } of messages) {
    if (its !== session) mappers = mappersOf(product)
    session = its
    const message = JSON.parse(raw)
    for (const mapper of mappers) {
      if (!mapper.canHandle(message)) continue
      for (const event of mapper.map(message, received) ?? []) if (event) ++events
    }
  }
  return events
}

const total = { messages: 0, events: 0, seconds: 0 }
for (const [name, product] of Object.entries(PRODUCTS)) {
  const messages = load(name)
  for (let i = 0; i < WARM; ++i) read(messages, product)
  const times = []
  let events = 0
  for (let i = 0; i < ROUNDS; ++i) {
    const begin = process.hrtime.bigint()
    events = read(messages, product)
    times.push(Number(process.hrtime.bigint() - begin) / 1e9)
  }
  times.sort((a, b) => a - b)
  total.messages += messages.length
  total.events += events
  total.seconds += times[ROUNDS >> 1]
  if (process.env.VERBOSE) console.error(name, messages.length, events, Math.round(messages.length / times[ROUNDS >> 1]))
}
console.log(JSON.stringify(total))
