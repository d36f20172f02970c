import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Json } from '../../event/issue.ts';
import { createWhyNot } from './counting-conditions.ts';
import { createDelivery, createHistory } from './delivery-history.fixture.ts';
import { readAccepted } from './why-not.ts';

const guide = { slug: 'acme-troubleshooting', hash: 'no-conversion' };
const schema = z.strictObject({ kind: z.string(), uid: z.string().exactOptional() });
type Payload = z.output<typeof schema>;

const whyNot = createWhyNot<{ readonly account: string }, Payload>(
  { platform: 'Acme', troubleshooting: 'acme-troubleshooting', skipSections: {}, connectionSections: [] },
  [
    { check: 'account', noun: 'account', id: ({ account }) => account, place: 'Acme', guide },
    { title: 'The kind is known', message: ({ kind }, { account }) => `${account} counts ${kind}.`, guide },
    { title: 'The kind is rare', message: 'It is rare.', when: ({ kind }) => kind === 'Refund', guide },
    { check: 'shared-id', read: ({ kind, uid }) => [kind, uid], explain: (name, id) => `${name} ${id}`, guide },
  ],
);

function ask(payload: Json) {
  const history = createHistory({ attempts: [createDelivery(payload, 1_000)] });
  return whyNot(history, { account: 'a-1' }, readAccepted(history, schema)).slice(3);
}

test('a condition reads the settings and the accepted payload', () => {
  expect(ask({ kind: 'Refund', uid: 'u-1' })).toEqual([
    {
      title: 'You look at the account that receives the event',
      answer: 'unseen',
      message: 'The event was sent to the account a-1. Select this account in Acme, and the day of the event.',
      guide,
    },
    { title: 'The kind is known', answer: 'unseen', message: 'a-1 counts Refund.', guide },
    { title: 'The kind is rare', answer: 'unseen', message: 'It is rare.', guide },
    { title: 'Browser and server report the same name and ID', answer: 'unseen', message: 'Refund u-1', guide },
  ]);
});

test.each<[state: string, Json, message: string]>([
  ['is no longer stored', null, 'The payload is no longer stored.'],
  [
    'has the form of another version',
    { kind: 'Refund', older: true },
    'The stored payload has the form of another version of Convey, so this version cannot check it.',
  ],
])('a condition of the payload states the reason why it is unseen when the payload %s', (_, payload, message) => {
  const [account, ...others] = ask(payload);
  expect(account?.message).toContain('a-1');
  expect(others).toEqual([
    { title: 'The kind is known', answer: 'unseen', message, guide },
    { title: 'Browser and server report the same name and ID', answer: 'unseen', message, guide },
  ]);
});

test('an event without the id of a second report has no check of it', () => {
  expect(ask({ kind: 'Lead' }).map(({ title }) => title)).toEqual([
    'You look at the account that receives the event',
    'The kind is known',
  ]);
});
