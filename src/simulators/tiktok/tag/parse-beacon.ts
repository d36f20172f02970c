import { type Fields, isFields, toText } from '../../kit/fields.ts';
import type { Body } from '../../kit/http/read-body.ts';
import type { BeaconSender } from '../../kit/tag/beacon.ts';

/** One report of the browser tag. */
export interface Beacon {
  readonly pixelCode: string;
  /** The event with the names of the Events API, so that both reports can be compared. */
  readonly event: Fields;
}

/**
 * Reads a beacon. Its members are an assumption: the real tag's are not documented.
 * @source https://business-api.tiktok.com/portal/docs?id=1771100965992450 (2026-08-10; the event id)
 */
export function readBeacon(body: Body, { userAgent, address }: BeaconSender): Beacon {
  const sent = 'json' in body && isFields(body.json) ? body.json : {};
  const { pixel_code, event, event_id, timestamp, properties, user, page } = sent;
  const present = {
    event: toText(event),
    event_id: toText(event_id),
    event_time: Number.isSafeInteger(timestamp) ? Math.floor(Number(timestamp) / 1_000) : null,
    user: { ...(isFields(user) ? user : {}), ...(userAgent && { user_agent: userAgent }), ...(address && { ip: address }) },
    properties: isFields(properties) ? properties : null,
    page: isFields(page) ? page : null,
  };
  return {
    pixelCode: (toText(pixel_code) ?? '').slice(0, 64),
    event: Object.fromEntries(Object.entries(present).filter(([, value]) => value !== null)),
  };
}
