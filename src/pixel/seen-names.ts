import type { PixelSettings } from '../event/pixel-settings.ts';
import type { SeenEvent } from '../event/seen-event.ts';
import { forgetPageSession, takePageSession } from './debug/page-session.ts';
import { swallowErrors } from './swallow-errors.ts';

const lookEveryMs = 500;
const maxKeys = 20;
const maxEvents = 50;
const maxLength = 64;

/** Read before the pixel reads the page's address. */
const credential = takePageSession();

/**
 * Calls `look` twice a second, and sends the names that it notes to the session of the dashboard that opened the page. Without a session it
 * does nothing.
 */
export function showSeenNames(
  { writeKey }: PixelSettings,
  look: (note: (name: string, keys: readonly string[]) => void) => void,
): void {
  const script = [...document.scripts].find(({ src }) => src.includes(`k=${writeKey}`));
  if (!credential || !script) return;
  let debug: string | undefined = credential;
  const address = new URL('e', script.src);
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

  const note = (name: string, keys: readonly string[]) => {
    const short = keys.filter((key) => key.length <= maxLength);
    seen.set(name.slice(0, maxLength), [...new Set([...(seen.get(name) ?? []), ...short])].slice(0, maxKeys));
  };

  const lookAgain = swallowErrors(() => {
    look(note);
    void send();
  });
  lookAgain();
  setInterval(lookAgain, lookEveryMs);
}
