import type { ClickId } from '../../event/event.ts';
import { minuteMs, type UnixMs } from '../../event/units.ts';
import type { StoredClickIds } from '../../identity/click-cookie.ts';
import {
  canonicalClickIdName,
  clickIdMaxAgeMs,
  findCookieClickIds,
  findUrlClickIds,
  readClickId,
} from '../../identity/click-ids.ts';
import { isObject } from '../http/parse-json.ts';
import { type ReadContext, readIdentifier } from './field-readers.ts';
import { containsPersonalData } from './scrub-pii.ts';

/** Where an event's click ids may be, strongest first. */
interface ClickSources {
  readonly given: unknown;
  readonly pageUrl: string | undefined;
  /** The page before, where it is of the shop itself. */
  readonly ownReferrer: string | undefined;
  /** Those that Convey kept for this browser. */
  readonly stored: StoredClickIds;
  readonly cookies: Readonly<Record<string, string>>;
  /** Where the shop says that the shopper came to it, some time before. */
  readonly landing: string | undefined;
}

function givenClickIds(given: unknown, reading: ReadContext): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  if (given === undefined || given === null) return found;
  if (!isObject(given)) {
    reading.warn('clickIds', 'wrong-type', 'The field is not an object, so it was left out. Send an object.');
    return found;
  }
  for (const key of Object.keys(given)) {
    const name = canonicalClickIdName(key);
    if (name === undefined) continue;
    const raw = readIdentifier(given[key], `clickIds.${name}`, reading);
    if (raw === undefined) continue;
    const value = readClickId(name, raw);
    if (value !== undefined) found.set(name, value);
    else
      reading.warn(
        `clickIds.${name}`,
        'click-id-malformed',
        'The click id is malformed, so it was left out. Send it as the platform wrote it.',
      );
  }
  return found;
}

/** How much later a click may seem than what followed it: times are set right by when a body arrived, and each takes its own while. */
const transportMs = minuteMs;

/**
 * The event's click ids: given ones beat those of the page's URL, those beat what Convey kept, that beats those of the shop's page
 * before, where a shopper landed who had not chosen yet, and those beat the platforms' own cookies and those of where the shop says that the shopper
 * landed. What does not tell the click's time counts as the oldest that still lives. A click that was kept
 * after the event says nothing about it.
 */
export function resolveClickIds(sources: ClickSources, time: UnixMs, reading: ReadContext): Readonly<Record<string, ClickId>> {
  const clicks: Record<string, ClickId> = {};
  const oldest = time - clickIdMaxAgeMs;
  for (const [name, value] of findUrlClickIds(sources.landing ?? '')) clicks[name] = { value, at: oldest };
  for (const [name, { value, at = oldest }] of findCookieClickIds(sources.cookies)) {
    if (at >= oldest) clicks[name] = { value, at: Math.min(at, time) };
  }
  for (const [name, value] of findUrlClickIds(sources.ownReferrer ?? '')) clicks[name] = { value, at: time };
  for (const [name, click] of Object.entries(sources.stored)) {
    if (click.at >= oldest && click.at <= time + transportMs) clicks[name] = click;
  }
  for (const [name, value] of findUrlClickIds(sources.pageUrl ?? '')) clicks[name] = { value, at: time };
  for (const [name, value] of givenClickIds(sources.given, reading)) clicks[name] = { value, at: time };
  for (const [name, { value }] of Object.entries(clicks)) {
    if (name === 'msclkid' || !containsPersonalData(value, reading.own)) continue;
    delete clicks[name];
    reading.warn(
      `clickIds.${name}`,
      'id-is-personal',
      'The click id holds an e-mail address or phone number, so it was left out.',
    );
  }
  return clicks;
}
