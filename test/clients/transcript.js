// What a client program saw, as plain JSON that can be compared; transcript.py for JavaScript.
"use strict";
const env = process.env;

// Debian 12's Node.js 18 has Web Crypto, but not as the global that the SDKs look for.
globalThis.crypto ??= require("crypto").webcrypto;

function access(kind) {
  return {
    exchange: env.EXCHANGE, baseUrl: env.BASE_URL, hostUrl: env.HOST_URL,
    key: env[`${kind}_KEY`], secret: env[`${kind}_SECRET`], passphrase: env[`${kind}_PASSPHRASE`] || "",
  };
}

const clientOrderId = (name) => `${env.RUN}${name}`;

// 1.50, "1.5" and 1.5 are the same amount.
function number(value) {
  if (value === undefined || value === null || value === "") return null;
  const text = Number(value).toFixed(10).replace(/0+$/, "").replace(/\.$/, "");
  return text === "-0" ? "0" : text;
}

function textOf(error) {
  if (error instanceof Error) return error.message;
  return typeof error === "string" ? error : JSON.stringify(error);
}

// An exception: its class, and the exchange's error code if it carries one.
function described(error) {
  const body = error && error.body ? error.body : error;
  const found = /"(?:code|sCode|retCode)":\s*"?(-?\d+)/.exec(JSON.stringify(body) || "") ||
    /"(?:code|sCode|retCode)":\s*"?(-?\d+)/.exec(textOf(error));
  const name = (error && error.constructor && error.constructor.name) || typeof error;
  return { error: name, code: found ? found[1] : "" };
}

class Transcript {
  constructor() {
    this.steps = {};
    this.messages = {};
  }

  // Does one thing and notes what came of it; returns the client's own result, or undefined.
  async step(name, action, view = (result) => result) {
    try {
      const result = await action();
      this.steps[name] = view(result);
      return result;
    } catch (error) {
      this.steps[name] = described(error);
      this.messages[name] = textOf(error).slice(0, 600);
      return undefined;
    }
  }

  // Runs flow(transcript) and prints the transcript, however far it came.
  async tell(flow) {
    try {
      await flow(this);
    } catch (error) {
      console.error(error);
      process.exitCode = 1;
    }
    console.log(JSON.stringify({ steps: this.steps, messages: this.messages }, null, 1));
  }
}

module.exports = { access, clientOrderId, number, Transcript };
