import { isObject } from '../../net/parse-json.ts';
import { browserIdKinds, findBrowserIds, readBrowserId } from '../../visitors/browser-ids.ts';
import { type ReadContext, readIdentifier } from './field-readers.ts';
import { containsPersonalData } from './scrub-pii.ts';

type BrowserIds = Readonly<Record<string, string>>;

/**
 * Returns the event's browser ids by cookie; `undefined` if there is none. A submitted id takes precedence over the cookie of the page.
 */
export function resolveBrowserIds(
  submission: Readonly<Record<string, unknown>>,
  cookies: BrowserIds,
  reading: ReadContext,
): BrowserIds | undefined {
  const all: BrowserIds = { ...findBrowserIds(cookies), ...readGiven(submission, reading) };
  const ids: Record<string, string> = {};
  let isEmpty = true;
  for (const [cookie, id] of Object.entries(all)) {
    if (containsPersonalData(id, reading.own)) {
      reading.warn(
        `browserIds.${cookie}`,
        'id-is-personal',
        'Must not hold an e-mail address or phone number, so the browser id was dropped. Send the cookie unchanged.',
      );
      continue;
    }
    ids[cookie] = id;
    isEmpty = false;
  }
  return isEmpty ? undefined : ids;
}

function readGiven(submission: Readonly<Record<string, unknown>>, reading: ReadContext): BrowserIds {
  const value = readGivenObject(submission.browserIds, reading);
  const found: Record<string, string> = {};
  for (const kind of browserIdKinds) {
    const { cookie, alias } = kind;
    const isAlias = alias !== undefined && !Object.hasOwn(value, cookie);
    const field = isAlias ? alias : `browserIds.${cookie}`;
    const source = isAlias ? submission : value;
    const name = isAlias ? alias : cookie;
    const text = Object.hasOwn(source, name) ? readIdentifier(source[name], field, reading) : undefined;
    const id = text === undefined ? undefined : readBrowserId(kind, text);
    if (id !== undefined) found[cookie] = id;
    else if (text !== undefined)
      reading.warn(
        field,
        'browser-id-malformed',
        "Must have the form of the platform's cookie, so the browser id was dropped. Send the cookie unchanged.",
      );
  }
  return found;
}

/** Reads the member `browserIds`. Names that no platform uses are ignored with one warning. */
function readGivenObject(input: unknown, reading: ReadContext): Readonly<Record<string, unknown>> {
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
  return input;
}
