import { type Body, parseBody } from '../../kit/http/read-body.ts';
import type { Settings } from '../settings.ts';

/** Reads the body of an events request: JSON, or a form whose `data` is JSON. The body of another type is not read. */
export function readEventsBody(bytes: Buffer | undefined, contentType: string, { maxBodyDepth }: Settings): Body {
  if (bytes === undefined) return { bytes: 0, problem: 'too-large' };
  if (/^application\/json\s*(;|$)/i.test(contentType)) return parseBody(bytes, maxBodyDepth);
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType)) return { bytes: bytes.length, json: {} };
  const form = Object.fromEntries(new URLSearchParams(bytes.toString()));
  const data = parseBody(Buffer.from(form.data ?? ''), maxBodyDepth);
  return { bytes: bytes.length, json: { ...form, data: 'json' in data ? data.json : undefined } };
}
