import type { Event } from '../../event/event.ts';
import { parseStoredEvent } from '../../event/parse-stored-event.ts';
import { dayMs, type UnixMs } from '../../event/units.ts';
import type { CapturedClick, CapturedClicks } from '../../platform-accounts/clicks/click-comparison.ts';
import type { EventLog } from '../../storage/log/event-log.ts';
import { iterateRecords } from '../../storage/paginate.ts';
import { findUrlClickIds } from '../../visitors/click-ids.ts';

/** The click ids of one site that are compared. */
const maxClicks = 300_000;
const longestPage = 200;

/** Creates the reader of the click ids in the stored events of a site. It stops at `most` click ids. */
export function createCapturedClickReader(log: EventLog, most = maxClicks) {
  return async (site: string, kind: string, since: UnixMs): Promise<CapturedClicks | undefined> => {
    const clicks = new Map<string, CapturedClick>();
    const daysWithEvents = new Set<string>();
    const pages = new Map<string, string>();
    const head = (await log.heads()).get(site);
    if (head === undefined) return { clicks, daysWithEvents };
    // Most events have no click id, and are not parsed.
    const mark = Buffer.from(`"${kind}"`);
    for await (const records of iterateRecords(log, site, await log.findOffsetAt(site, new Date(since)), head)) {
      for (const { at, body } of records) {
        daysWithEvents.add(new Date(at).toISOString().slice(0, 10));
        if (!('bytes' in body) || !Buffer.from(body.bytes.buffer, body.bytes.byteOffset, body.bytes.byteLength).includes(mark))
          continue;
        const event = parseStoredEvent(body.bytes);
        const click = event?.identity.clickIds[kind];
        if (!event || !click || click.at < since - dayMs) continue;
        const page = clicks.get(click.value)?.page ?? findLandingPage(event, kind, click.value);
        const known = page === undefined ? undefined : (pages.get(page) ?? page);
        if (known !== undefined) pages.set(known, known);
        clicks.set(click.value, { at: click.at, page: known });
        if (clicks.size > most) return undefined;
      }
    }
    return { clicks, daysWithEvents };
  };
}

/** Returns host and path of the page if its address has the click id. */
function findLandingPage({ page: { url = '' } }: Event, kind: string, clickId: string): string | undefined {
  if (findUrlClickIds(url).get(kind) !== clickId) return undefined;
  const parsed = URL.parse(url);
  const text = parsed ? `${parsed.host}${parsed.pathname}` : '';
  return text === '' ? undefined : (text.replace(/(?<=[^/])\/+$/, '') || text).slice(0, longestPage);
}
