import type { PixelSettings } from '../event/pixel-settings.ts';
import type { SeenEvent } from '../event/seen-event.ts';
import { forgetPageSession, takePageSession } from './debug/page-session.ts';
import { swallowErrors } from './swallow-errors.ts';

const lookEveryMs = 500;
const maxDepth = 3;
const maxKeys = 20;
const maxEvents = 50;
const maxLength = 64;
/** The forms of Universal Analytics, by the member of `ecommerce` that stands for an event. */
const steps = ['purchase', 'checkout', 'add', 'detail'];

/** Lists the paths of an object's values, without the values. A list has the paths of its first item. */
function listPaths(value: unknown, prefix = '', depth = 0): readonly string[] {
  const source: unknown = Array.isArray(value) ? value[0] : value;
  if (Object.prototype.toString.call(source) !== '[object Object]' || depth > maxDepth) return prefix ? [prefix] : [];
  return Object.keys(Object(source))
    .slice(0, maxKeys)
    .flatMap((name) => listPaths(Object(source)[name], prefix ? `${prefix}.${name}` : name, depth + 1));
}

/** Read before the pixel reads the page's address. */
const credential = takePageSession();

/**
 * Shows a session of the dashboard which events a page writes: their names, and the names of their fields. Without a session it reads
 * nothing. It reports no event.
 */
export function previewDataLayer(_commands: unknown, { dataLayer, writeKey }: PixelSettings): void {
  const script = [...document.scripts].find(({ src }) => src.includes(`k=${writeKey}`));
  if (!dataLayer || !credential || !script) return;
  let debug = credential;
  const address = new URL('e', script.src);
  const known = new WeakSet<object>();
  const seen = new Map<string, readonly string[]>();
  let isSending = false;

  const send = async () => {
    if (isSending || !seen.size || !debug) return;
    isSending = true;
    const events: SeenEvent[] = [...seen].slice(0, maxEvents).map(([name, keys]) => ({ name, keys }));
    seen.clear();
    try {
      const body = JSON.stringify({ writeKey, debug, seen: events });
      const response = await fetch(address, { method: 'POST', body, keepalive: true });
      const { open } = await response.json();
      if (!open) {
        debug = '';
        forgetPageSession();
      }
    } catch {} // the next look sends what is new
    isSending = false;
  };

  const note = (name: unknown, source: unknown) => {
    const text = String(name).slice(0, maxLength);
    if (/^gtm\.|^undefined$/.test(text)) return;
    const paths = listPaths(source).filter((path) => path.length <= maxLength && !/^(event$|gtm\.)/.test(path));
    seen.set(text, [...new Set([...(seen.get(text) ?? []), ...paths])].slice(0, maxKeys));
  };

  const readEntry = swallowErrors((raw: unknown) => {
    const wrapped = Object(raw);
    if (known.has(wrapped)) return;
    known.add(wrapped);
    const entry = wrapped.getUntrustedUpdateValue?.() ?? wrapped;
    const [command, first, second] = Array.from(entry);
    if (command === 'event') note(first, second);
    if (command !== undefined) return;
    const ecommerce = Object(entry.ecommerce);
    const step = steps.find((one) => ecommerce[one]);
    note(step ? `.${step}` : entry.event, entry);
  });

  /** Reads by looking, which changes nothing on the page. An entry that Tag Manager removes at once is not seen. */
  const look = swallowErrors(() => {
    for (const name of dataLayer.layers) [...(Object(window)[name] ?? [])].forEach(readEntry);
    void send();
  });
  look();
  setInterval(look, lookEveryMs);
}
