import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { acceptEvent } from '../../ingest/accept/accept.ts';
import { now, serverContext, shop } from '../../ingest/site.fixture.ts';
import { readFixture } from '../kit/fixtures.suite.ts';
import { map } from './map.ts';
import { settings } from './settings.ts';

const { vectors } = z
  .strictObject({
    source: z.url(),
    vectors: z.array(
      z.strictObject({
        field: z.string(),
        user: z.record(z.string(), z.json()),
        /** Absent: the field is not sent. */
        hash: z.hash('sha256').optional(),
        wrong: z.array(z.hash('sha256')).default([]),
      }),
    ),
  })
  .parse(readFixture(join(import.meta.dirname, 'fixtures/vectors.json')));
const connection = settings.parse({ adAccountId: '549755885175', token: 't' });
const { defaultCountry: _, ...site } = shop;

function toUserData(user: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const client = { ip: '8.8.8.8', userAgent: 'Mozilla/5.0 (X11; Linux x86_64)' };
  const accepted = acceptEvent(
    { name: 'Lead', id: 'l-1', time: now, user: { ...client, ...user } },
    serverContext,
    site,
    now,
    () => 'fresh',
  );
  if (!('event' in accepted)) throw new Error(`not accepted: ${JSON.stringify(accepted)}`);
  const mapped = map({ ...accepted.event, reporters: ['server'] }, connection);
  if (!('payload' in mapped)) throw new Error(`not mapped: ${JSON.stringify(mapped)}`);
  return mapped.payload.user_data;
}

test.each(vectors)('§5.2 §5.3 §5.4 §5.5 §5.8 §5.10 $field of $user is $hash', ({ field, user, hash, wrong }) => {
  const sent = toUserData(user);
  expect(sent[field]).toEqual(hash === undefined ? undefined : [hash]);
  const text = JSON.stringify(sent);
  for (const other of [...wrong, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'])
    expect(text).not.toContain(other);
});
