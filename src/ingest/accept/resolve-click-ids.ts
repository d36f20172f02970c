import type { ClickId } from '../../event/event.ts';
import { minuteMs, type UnixMs } from '../../event/units.ts';
import { isObject } from '../../net/parse-json.ts';
import type { StoredClickIds } from '../../visitors/click-cookie.ts';
import {
  canonicalClickIdName,
  findCookieClickIds,
  findUrlClickIds,
  isRandomClickId,
  mergeClickSights,
  readClickId,
} from '../../visitors/click-ids.ts';
import { clickIdMaxAgeMs } from '../../visitors/profile-lifetimes.ts';
import { type ReadContext, readIdentifier } from './field-readers.ts';
import { containsPersonalData } from './scrub-pii.ts';

/** The places of an event's click ids, strongest first. */
interface ClickSources {
  readonly given: unknown;
  readonly pageUrl: string | undefined;
  /** The previous page, if it is one of the shop's. */
  readonly ownReferrer: string | undefined;
  /** The click ids that Convey keeps for this browser. */
  readonly stored: StoredClickIds;
  readonly cookies: Readonly<Record<string, string>>;
  /** The page on which the shopper landed some time before, as the shop reports it. */
  readonly landing: string | undefined;
}

function givenClickIds(input: unknown, reading: ReadContext): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  if (input === undefined || input === null) return found;
  if (!isObject(input)) {
    reading.warn('clickIds', 'wrong-type', 'Must be an object, so the field was dropped. Send a JSON object.');
    return found;
  }
  for (const key of Object.keys(input)) {
    const name = canonicalClickIdName(key);
    if (name === undefined) continue;
    const raw = readIdentifier(input[key], `clickIds.${name}`, reading);
    if (raw === undefined) continue;
    const value = readClickId(name, raw);
    if (value !== undefined) found.set(name, value);
    else
      reading.warn(
        `clickIds.${name}`,
        'click-id-malformed',
        "Must have the platform's format, so the click id was dropped. Send it as the platform wrote it.",
      );
  }
  return found;
}

/**
 * The time by which a click may seem later than the event that followed it: times are corrected by the arrival of their body, and bodies
 * take different times to arrive.
 */
const transportMs = minuteMs;

/**
 * Returns the event's click ids. The order of precedence: submitted ids, those of the page's URL, those that Convey kept, those of the
 * shop's previous page (where a shopper landed who had not chosen yet), those of the platforms' own cookies, and those of the landing page
 * that the shop reports. Two sights of one click are merged. A click id without a time counts as the oldest that is still valid. A click
 * that was kept after the event does not apply to it.
 */
export function resolveClickIds(sources: ClickSources, time: UnixMs, reading: ReadContext): Readonly<Record<string, ClickId>> {
  const clicks: Record<string, ClickId> = {};
  const oldest = time - clickIdMaxAgeMs;
  const put = (name: string, click: ClickId) => {
    const weaker = clicks[name];
    // The time of the weaker sight is not known if it is the oldest.
    const same = weaker && weaker.at > oldest ? mergeClickSights(name, weaker, click) : undefined;
    clicks[name] = same ?? click;
  };
  for (const [name, value] of findUrlClickIds(sources.landing ?? '')) put(name, { value, at: oldest });
  for (const [name, { value, at = oldest }] of findCookieClickIds(sources.cookies)) {
    if (at >= oldest) put(name, { value, at: Math.min(at, time) });
  }
  for (const [name, value] of findUrlClickIds(sources.ownReferrer ?? '')) put(name, { value, at: time });
  for (const [name, click] of Object.entries(sources.stored)) {
    if (click.at >= oldest && click.at <= time + transportMs) put(name, click);
  }
  for (const [name, value] of findUrlClickIds(sources.pageUrl ?? '')) put(name, { value, at: time });
  for (const [name, value] of givenClickIds(sources.given, reading)) put(name, { value, at: time });
  for (const name of Object.keys(clicks)) {
    if (isRandomClickId(name) || !containsPersonalData(clicks[name]?.value ?? '', reading.own)) continue;
    delete clicks[name];
    reading.warn(
      `clickIds.${name}`,
      'id-is-personal',
      'Must not hold an e-mail address or phone number, so the click id was dropped. Send it as the platform wrote it.',
    );
  }
  return clicks;
}
