import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { expect, test } from 'vitest';
import { createVerifierByHeader, type SignatureVerifier, signatureSchemes } from './signature.ts';

const [present, before] = ['whsec_present_1234567890', 'whsec_before_1234567890'];
const now = Date.UTC(2026, 10, 24, 10);
const text = '{"id":1,"name":"Käse"}';
const stripe = new Stripe('sk_test_not_used');

function check(
  verifier: SignatureVerifier,
  headers: Readonly<Record<string, string>>,
  secrets = [present],
  body = text,
  at = now,
) {
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const header = (name: string) => lower[name.toLowerCase()];
  return verifier.verify({ header, body: Buffer.from(body), now: at }, secrets);
}

const shop = signatureSchemes['hmac-sha256']({ headers: ['X-Shop', 'Shop'], encoding: 'base64' });

test('only the correct signature is accepted', () => {
  const digest = createHmac('sha256', present).update(text).digest();
  const right = digest.toString('base64');
  expect(check(shop, { 'X-Shop': right }, [before, present])).toBe(true);
  expect(check(shop, { Shop: right })).toBe(true);
  expect(check(shop, { 'X-Shop': right }, [])).toBe(false);
  for (let bit = 0; bit < 256; bit += 1) {
    const wrong = Buffer.from(digest);
    wrong[bit >> 3] = (wrong[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(check(shop, { 'X-Shop': wrong.toString('base64') })).toBe(false);
  }
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String({ minLength: 44, maxLength: 44 })), (value) => {
      expect(check(shop, { 'X-Shop': value })).toBe(value === right);
    }),
    { numRuns: 1_000 },
  );
  expect(check(shop, { 'X-Shop': right }, [present], '{"id":2}')).toBe(false);
});

test('a signature in hex may follow a prefix, and sign a time', () => {
  const github = signatureSchemes['hmac-sha256']({ headers: ['X-Hub-Signature-256'], encoding: 'hex', prefix: 'sha256=' });
  const hex = createHmac('sha256', present).update(text).digest('hex');
  expect(check(github, { 'X-Hub-Signature-256': `sha256=${hex}` })).toBe(true);
  expect(check(github, { 'X-Hub-Signature-256': hex })).toBe(false);

  const timed = signatureSchemes['hmac-sha256']({
    headers: ['X-Signature'],
    encoding: 'hex',
    timestampHeader: 'X-Timestamp',
    toleranceSeconds: 60,
  });
  const seconds = now / 1_000;
  const signature = createHmac('sha256', present).update(`${seconds}.${text}`).digest('hex');
  expect(check(timed, { 'X-Signature': signature, 'X-Timestamp': `${seconds}` })).toBe(true);
  expect(check(timed, { 'X-Signature': signature })).toBe(false);
  expect(check(timed, { 'X-Signature': signature, 'X-Timestamp': `${seconds + 1}` })).toBe(false);
  expect(check(timed, { 'X-Signature': signature, 'X-Timestamp': `${seconds}` }, [present], text, now + 61_000)).toBe(false);
});

test("Stripe's own library signs what is accepted within five minutes, before and after", () => {
  const verifier = signatureSchemes.timestamped({ header: 'Stripe-Signature', toleranceSeconds: 300 });
  const timestamp = now / 1_000;
  const sign = (secret: string) => stripe.webhooks.generateTestHeaderString({ payload: text, secret, timestamp });
  const header = sign(present);
  const [time = '', right = ''] = header.split(',');
  expect(check(verifier, { 'Stripe-Signature': header })).toBe(true);
  expect(check(verifier, { 'Stripe-Signature': header }, [before])).toBe(false);
  expect(check(verifier, { 'Stripe-Signature': header }, [before, present])).toBe(true);
  expect(check(verifier, { 'Stripe-Signature': header }, [present], `${text} `)).toBe(false);
  const rolled = `${sign('whsec_another_1234567890')},${right},v0=abc`;
  expect(check(verifier, { 'Stripe-Signature': rolled })).toBe(true);
  for (const [ms, isTimely] of [
    [300_000, true],
    [-300_000, true],
    [301_000, false],
    [-301_000, false],
  ] as const)
    expect(check(verifier, { 'Stripe-Signature': header }, [present], text, now + ms), `${ms}`).toBe(isTimely);
  for (const wrong of ['', right, `${time},v0=${right.slice(3)}`, `${time},${time},${right}`, `t=,${right}`, `t=1e9,${right}`])
    expect(check(verifier, { 'Stripe-Signature': wrong }), wrong).toBe(false);
  expect(check(verifier, {})).toBe(false);
});

test('the library of Standard Webhooks signs what is accepted, and a secret without a key signs nothing', () => {
  const verifier = signatureSchemes['standard-webhooks']();
  const secret = `whsec_${Buffer.from('0123456789abcdef01234567').toString('base64')}`;
  const headers = {
    'webhook-id': 'msg_1',
    'webhook-timestamp': `${now / 1_000}`,
    'webhook-signature': `v1,AAAA v2,x ${new Webhook(secret).sign('msg_1', new Date(now), text)}`,
  };
  expect(check(verifier, headers, [secret])).toBe(true);
  expect(check(verifier, { ...headers, 'webhook-id': 'msg_2' }, [secret])).toBe(false);
  expect(check(verifier, headers, [secret], text, now + 301_000)).toBe(false);
  const byEmptyKey = createHmac('sha256', '')
    .update(`msg_1.${now / 1_000}.${text}`)
    .digest('base64');
  expect(check(verifier, { ...headers, 'webhook-signature': `v1,${byEmptyKey}` }, ['whsec_!!!!!!!!'])).toBe(false);
});

test("Recharge's newer signature counts if there is one, otherwise its older one", () => {
  const newer = signatureSchemes.timestamped({ header: 'X-Newer', toleranceSeconds: 172_800 });
  const older = signatureSchemes['sha256-of-secret-and-body']({ header: 'X-Older' });
  const verifier = createVerifierByHeader('X-Newer', newer, older);
  const digest = createHash('sha256').update(present).update(text).digest('hex');
  const seconds = now / 1_000 - 172_000;
  const signature = `t=${seconds},v1=${createHmac('sha256', present).update(`${seconds}.${text}`).digest('hex')}`;
  expect(check(verifier, { 'X-Older': digest })).toBe(true);
  expect(check(verifier, { 'X-Older': digest }, [before])).toBe(false);
  expect(check(verifier, { 'X-Newer': signature })).toBe(true);
  expect(check(verifier, { 'X-Newer': 't=1,v1=00', 'X-Older': digest })).toBe(false);
});
