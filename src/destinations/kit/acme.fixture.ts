import { z } from 'zod';
import type { EnrichedEvent } from '../../event/event.ts';
import { tagModes } from '../../event/site.ts';
import { dayMs } from '../../event/units.ts';
import { registerTag } from './browser-tag.ts';
import { defineDestination } from './define-destination.ts';
import type { BoundDestination } from './destination.ts';
import { encodeList } from './encode-list.ts';
import { omitEmpty } from './mapping/omit-empty.ts';

const settings = z.strictObject({
  account: z.string('Must be the account.').meta({ title: 'Account', description: 'The account that receives the events.' }),
  secret: z.string('Must be the secret.').meta({ title: 'Secret', description: 'Allows to send events.', secret: true }),
  mode: z
    .enum(['live', 'trial'], 'Must be `live` or `trial`.')
    .prefault('live')
    .meta({ title: 'Mode', description: 'The mode.' }),
});

const payload = z.strictObject({
  uid: z.string(),
  kind: z.string(),
  total: z.number().exactOptional(),
  who: z.array(
    z.strictObject({
      click_ref: z.string().exactOptional(),
      mail_hash: z.string().exactOptional(),
      device: z.string().exactOptional(),
      net: z.string().exactOptional(),
    }),
  ),
});

function map({ name, id, consent, commerce, identity, client }: EnrichedEvent) {
  if (consent.effective !== 'granted') return { skip: 'consent-denied', issues: [] } as const;
  const who = omitEmpty({
    click_ref: identity.clickIds.acmeclid?.value,
    mail_hash: identity.forms.emailPlain,
    device: identity.browserIds?._acme,
    net: client.ip,
  });
  if (Object.keys(who).length === 0) return { skip: 'no-identifier', issues: [] } as const;
  return { payload: { uid: id, kind: name.toLowerCase(), ...omitEmpty({ total: commerce.value }), who: [who] }, issues: [] };
}

const tagSettings = z.strictObject({
  mode: z.enum(tagModes, 'Must be `off`, `attach` or `load`.').default('off'),
  beacon: z.string('Must be the beacon.').optional().meta({ title: 'Beacon', description: 'The number of the beacon.' }),
  host: z.string('Must be the host.').default('tag.acme.example').meta({ title: 'Host', description: 'The host of the tag.' }),
});

const tag = registerTag({
  label: 'Acme Beacon',
  settings: { file: tagSettings, dashboard: tagSettings },
  tcf: { vendors: [9001], purposes: [1, 2] },
  page: {
    guide: 'guides/acme/beacon',
    sign: /\bacmeBeacon\(/,
    id: /\bacmeBeacon\('(\w+)'/g,
    idSettings: { tag: 'beacon', connection: 'account' },
    sendsPageViews: ({ enabled }) => enabled,
    withoutPageViews: '`mode` to `trial`',
  },
  createDriverSettings: ({ mode, beacon, host }) => (mode === 'off' ? undefined : { mode, beacon, host }),
});

/** An invented platform. Its fields, keys, click id and cookie are those of no real one, so a test with it fails if code depends on one. */
export const acme = defineDestination({
  id: 'acme',
  name: 'Acme Ads',
  summary: 'An invented platform.',
  source: { url: 'https://acme.example/docs', checked: '2026-11-27' },
  settings,
  payload,
  limits: () => ({ batchSize: 10, batchBytes: 10_000, maxAgeMs: 2 * dayMs }),
  map,
  encode: (texts, { account, secret }) => ({
    method: 'POST',
    url: `https://acme.example/${account}/events`,
    headers: { 'x-secret': secret },
    body: encodeList('batch', texts),
  }),
  decode({ status }, count) {
    if (status !== 200) return { retry: `status ${status}` };
    return { settled: Array.from({ length: count }, () => ({ outcome: 'delivered', issues: [] }) as const), issues: [] };
  },
  unpack: (body) => z.object({ batch: z.array(payload) }).parse(JSON.parse(body)).batch,
  probe: {
    encode: ({ account }) => ({ method: 'GET', url: `https://acme.example/${account}`, headers: {}, body: '' }),
    decode: ({ status }) => (status === 200 ? 'ok' : { field: '', code: 'refused', message: 'Acme refused the secret.' }),
  },
  matching: {
    clickIds: [{ name: 'acmeclid' }],
    browserIds: [{ cookie: '_acme', read: (cookie) => cookie }],
    keys: [
      {
        key: 'ref',
        label: 'Click reference',
        subject: 'click-id',
        source: 'acmeclid',
        paths: ['who.*.click_ref'],
        advice: 'Names the click.',
      },
      { key: 'mail', label: 'Mail', subject: 'email', paths: ['who.*.mail_hash'], advice: 'Names the person.' },
      {
        key: 'device',
        label: 'Device',
        subject: 'browser-id',
        source: '_acme',
        paths: ['who.*.device'],
        advice: 'Names the browser.',
      },
      { key: 'net', label: 'Network', subject: 'address', paths: ['who.*.net'], advice: 'Supports the others.' },
    ],
    isEnough: () => true,
    harmless: ['uid', 'kind', 'total'],
  },
  tag,
  skipTexts: { 'no-identifier': { why: 'Acme cannot match this event.', remedy: 'Send a mail address.' } },
  testEvent: () => ({ user: { email: 'test@acme.example' } }),
  isTest: ({ mode }) => mode === 'trial',
  whyNot: ({ missing }) =>
    missing.map(({ key, says, remedy }) => ({ title: `Acme got the ${key}`, answer: 'no', message: `${says} ${remedy}` })),
});

/** Binds Acme to settings. */
export function connectAcme(mode: 'live' | 'trial' = 'live'): BoundDestination {
  const connected = acme.connect({ account: 'a-1', secret: 'acme-secret', mode });
  if (!('platform' in connected)) throw new Error("Acme's settings are invalid");
  return connected.platform;
}
