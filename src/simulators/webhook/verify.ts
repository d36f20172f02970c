import { createHmac, timingSafeEqual } from 'node:crypto';

/** The headers of a message; undefined if one is missing or has another form. */
export interface MessageHeaders {
  readonly id: string;
  /** UNIX seconds. */
  readonly timestamp: number;
  readonly signatures: readonly string[];
}

/** Reads the headers of a message. Neither id nor time has a dot, which separates the parts of the signed text. */
export function readMessageHeaders(get: (name: string) => string | undefined): MessageHeaders | undefined {
  const id = get('webhook-id') ?? '';
  const timestamp = get('webhook-timestamp') ?? '';
  const signatures = (get('webhook-signature') ?? '').split(' ').filter((each) => each.startsWith('v1,'));
  if (!/^[\x21-\x2d\x2f-\x7e]{1,128}$/.test(id) || !/^\d{1,12}$/.test(timestamp) || signatures.length === 0) return undefined;
  return { id, timestamp: Number(timestamp), signatures: signatures.slice(0, 20) };
}

const toleranceSeconds = 5 * 60;

/**
 * Returns why a message is not authentic; undefined if it is.
 * @param secrets `whsec_` and the key in base64. One that fits is enough.
 * @source https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (2026-08-17)
 */
export function findForgery(
  { id, timestamp, signatures }: MessageHeaders,
  body: Uint8Array,
  secrets: readonly string[],
  now: number,
): string | undefined {
  if (Math.abs(now / 1_000 - timestamp) > toleranceSeconds) return 'The time differs by more than 5 minutes.';
  const expected = secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    return Buffer.from(`v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`);
  });
  const isSigned = signatures.some((signature) => {
    const given = Buffer.from(signature);
    return expected.some((each) => each.length === given.length && timingSafeEqual(each, given));
  });
  return isSigned ? undefined : 'No signature fits.';
}
