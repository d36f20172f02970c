import { z } from 'zod';
import { reportSources } from '../../event/event.ts';
import type { Json } from '../../event/issue.ts';

/** The form of `type`. */
export const typeForm = /^event\.[A-Za-z]\w{0,99}$/;

/**
 * One message of Standard Webhooks. `type` is `event.` and the event's name.
 * @source https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (2026-08-17)
 */
export const payload = z.lazy(() => {
  const text = z.string().regex(/\S/, 'must not be blank');
  const hash = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits');
  const unixMs = z.number();
  const useChoice = z.enum(['granted', 'denied']).exactOptional();
  const fields: z.ZodType<Readonly<Record<string, Json>>> = z.record(text, z.json());

  /** The data of a message: the canonical event, with personal data as hashes only. */
  const data = z.strictObject({
    name: text,
    id: text,
    time: unixMs,
    receivedAt: unixMs,
    site: text,
    source: z.enum(reportSources),
    sources: z.array(z.enum(reportSources)).min(1),
    consent: z.strictObject({
      stated: z.enum(['granted', 'unknown']),
      effective: z.literal('granted'),
      source: text.exactOptional(),
      adUserData: useChoice,
      adPersonalization: useChoice,
    }),
    identity: z
      .strictObject({
        forms: z.record(text, hash).exactOptional(),
        externalId: hash.exactOptional(),
        anonymousId: text.exactOptional(),
        browserIds: z.record(text, text).exactOptional(),
        clickIds: z.record(text, z.strictObject({ value: text, at: unixMs })).exactOptional(),
      })
      .exactOptional(),
    client: z
      .strictObject({ country: text.exactOptional(), ip: text.exactOptional(), userAgent: text.exactOptional() })
      .exactOptional(),
    page: fields.exactOptional(),
    commerce: fields.exactOptional(),
    goal: fields.exactOptional(),
    properties: fields.exactOptional(),
  });

  return z.strictObject({
    type: z.string().regex(typeForm, 'must be `event.` and an event name'),
    timestamp: z.iso.datetime(),
    data,
  });
});

export type Payload = z.output<typeof payload>;
