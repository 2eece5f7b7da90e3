// What React Native has beside the language, as far as it matters here: a socket that a server answers, `fetch` before an application's
// endpoints, `AbortController`, base 64 and timers. Hermes by itself, outside of a device, has none of them.
import { AbortController, AbortSignal } from 'abort-controller/dist/abort-controller';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

globalThis.console = { log: print, info: print, warn: print, error: print, debug() {} };
globalThis.AbortController = AbortController;
globalThis.AbortSignal = AbortSignal;
globalThis.atob = (text) => {
  let [out, bits, count] = ['', 0, 0];
  for (const letter of text.replace(/=+$/, '')) {
    bits = (bits << 6) | alphabet.indexOf(letter);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += String.fromCharCode((bits >> count) & 255);
  }
  return out;
};

// The engine's own `setTimeout` does not wait: time goes on to whatever is due next.
const afterThis = globalThis.setTimeout;
const due = new Map();
let [now, lastId, running] = [Date.now(), 0, false];
Date.now = () => now;

function run() {
  if (running) return;
  running = true;
  afterThis(() => {
    running = false;
    const [next] = [...due].sort(([, a], [, b]) => a.at - b.at);
    if (next === undefined) return;
    const [id, timer] = next;
    now = Math.max(now, timer.at);
    if (timer.every === undefined) due.delete(id);
    else timer.at = now + timer.every;
    timer.call();
    if (due.size > 0) run();
  });
}

function wait(call, ms = 0, every) {
  lastId += 1;
  due.set(lastId, { at: now + ms, every, call });
  run();
  return lastId;
}

globalThis.setTimeout = (call, ms) => wait(call, ms);
globalThis.setInterval = (call, ms) => wait(call, ms, ms);
globalThis.clearTimeout = (id) => void due.delete(id);
globalThis.clearInterval = globalThis.clearTimeout;

export const sockets = [];

/** A socket whose other end greets, subscribes to whatever is asked, and answers pings. */
globalThis.WebSocket = class {
  readyState = 0;

  constructor(url) {
    this.url = url;
    sockets.push(this);
    setTimeout(() => {
      this.readyState = 1;
      this.onopen?.({});
      this.say('pusher:connection_established', { socket_id: `1.${sockets.length}`, activity_timeout: 30 });
    }, 1);
  }

  say(event, data, channel) {
    this.onmessage?.({ data: JSON.stringify({ event, channel, data: JSON.stringify(data) }) });
  }

  send(text) {
    const { event, data } = JSON.parse(text);
    setTimeout(() => {
      if (event === 'pusher:subscribe') this.say('pusher_internal:subscription_succeeded', {}, data.channel);
      if (event === 'pusher:ping') this.say('pusher:pong', {});
    }, 1);
  }

  close(code = 1000) {
    if (this.readyState === 3) return;
    this.readyState = 3;
    setTimeout(() => this.onclose?.({ code, reason: '', wasClean: code === 1000 }), 1);
  }
};
Object.assign(globalThis.WebSocket, { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 });

/** Signs what it is asked to, and sends what is published to whoever is connected then. */
globalThis.fetch = async (url, { body }) => {
  const signs = url.endsWith('/auth');
  if (!signs) {
    const { channel, event, data } = JSON.parse(body);
    setTimeout(() => sockets[sockets.length - 1].say(event, data, channel), 1);
  }
  const answer = signs ? { auth: `app-key:${'0f'.repeat(32)}` } : { ok: true };
  return { ok: true, status: 200, headers: { get: () => null }, text: async () => JSON.stringify(answer) };
};

/** AsyncStorage, on a device that has nothing stored yet. */
export class AsyncStorage {
  #items = new Map();

  async getItem(key) {
    return this.#items.get(key) ?? null;
  }

  async setItem(key, value) {
    this.#items.set(key, value);
  }

  async removeItem(key) {
    this.#items.delete(key);
  }
}
