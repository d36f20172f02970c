import { browserIdKinds, findBrowserIds } from '../../identity/browser-ids.ts';
import { isObject } from '../http/parse-json.ts';
import { type ReadContext, readIdentifier } from './field-readers.ts';
import { containsPersonalData } from './scrub-pii.ts';

type BrowserIds = Readonly<Record<string, string>>;

/**
 * Returns the event's browser ids by cookie; `undefined` if there is none. A submitted id takes precedence over the cookie of the page.
 */
export function resolveBrowserIds(
  { given, cookies }: { readonly given: unknown; readonly cookies: BrowserIds },
  reading: ReadContext,
): BrowserIds | undefined {
  const ids = Object.entries({ ...findBrowserIds(cookies), ...readGiven(given, reading) }).filter(([cookie, id]) => {
    if (!containsPersonalData(id, reading.own)) return true;
    reading.warn(
      `browserIds.${cookie}`,
      'id-is-personal',
      'Must not hold an e-mail address or phone number, so the browser id was dropped. Send the cookie unchanged.',
    );
    return false;
  });
  return ids.length === 0 ? undefined : Object.fromEntries(ids);
}

function readGiven(input: unknown, reading: ReadContext): BrowserIds {
  if (input === undefined || input === null) return {};
  if (!isObject(input)) {
    reading.warn('browserIds', 'wrong-type', 'Must be an object, so the field was dropped. Send a JSON object.');
    return {};
  }
  const isKnown = (name: string) => browserIdKinds.some(({ cookie }) => cookie === name);
  if (!Object.keys(input).every(isKnown)) {
    const names = browserIdKinds.map(({ cookie }) => `\`${cookie}\``).join(', ');
    reading.warn('browserIds', 'browser-id-unknown', `Must have known names, so other ids were dropped. Send any of ${names}.`);
  }
  const found: Record<string, string> = {};
  for (const { cookie, read } of browserIdKinds) {
    const text = Object.hasOwn(input, cookie) ? readIdentifier(input[cookie], `browserIds.${cookie}`, reading) : undefined;
    const id = text === undefined ? undefined : read(text);
    if (id !== undefined) found[cookie] = id;
    else if (text !== undefined)
      reading.warn(
        `browserIds.${cookie}`,
        'browser-id-malformed',
        "Must have the form of the platform's cookie, so the browser id was dropped. Send the cookie unchanged.",
      );
  }
  return found;
}
