import type { ClickId } from '../event/event.ts';
import { secondMs, type UnixMs } from '../event/units.ts';
import { canonicalClickIdName, mergeClickSights, readClickId } from './click-ids.ts';
import { clickIdMaxAgeMs } from './profile-lifetimes.ts';

/** The newest click id per canonical name. */
export type StoredClickIds = Readonly<Record<string, ClickId>>;

const version = '1';
/** Fits the longest click id, which has 2,731 characters in base64url, and leaves a proxy room for the cookies of the shop. */
const maxBytes = 3_072;

/**
 * Returns the click ids of Convey's own cookie, `1~name.unixSeconds.base64url(value)~…`, that are still valid at `now`. The browser sends
 * the cookie, so each part is read like a submitted click id, and a malformed part is ignored.
 */
export function readClickCookie(text: string, now: UnixMs): StoredClickIds {
  const [cookieVersion, ...entries] = text.split('~', 64);
  const clicks: Record<string, ClickId> = {};
  if (cookieVersion !== version) return clicks;
  for (const part of entries) {
    const [, key = '', seconds, coded = ''] = /^([a-z_]{1,32})\.(\d{1,12})\.([\w-]{1,2731})$/.exec(part) ?? [];
    const name = canonicalClickIdName(key);
    const value = name && readClickId(name, Buffer.from(coded, 'base64url').toString());
    const at = Number(seconds) * secondMs;
    if (name && value && at >= now - clickIdMaxAgeMs && at <= now) clicks[name] = { value, at };
  }
  return clicks;
}

/** Returns the cookie's text; `undefined` if there is no click id. Drops the oldest ids beyond 3 KiB. */
export function writeClickCookie(clicks: StoredClickIds): string | undefined {
  const newestFirst = Object.entries(clicks).toSorted(([, a], [, b]) => b.at - a.at);
  let text = version;
  for (const [name, { value, at }] of newestFirst) {
    const part = `~${name}.${Math.floor(at / secondMs)}.${Buffer.from(value).toString('base64url')}`;
    if (text.length + part.length <= maxBytes) text += part;
  }
  return text === version ? undefined : text;
}

/** Merges click ids: the newest of each name. Two sights of one click are merged. */
export function mergeClickIds(known: StoredClickIds, found: StoredClickIds): StoredClickIds {
  const merged: Record<string, ClickId> = { ...known };
  for (const [name, click] of Object.entries(found)) {
    const before = merged[name];
    const same = before && mergeClickSights(name, before, click);
    if (same !== undefined) merged[name] = same;
    else if (click.at >= (before?.at ?? 0)) merged[name] = click;
  }
  return merged;
}
