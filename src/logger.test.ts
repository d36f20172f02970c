import { expect, it } from 'vitest';
import { createLogger } from './logger.ts';

function logged(log: (logger: ReturnType<typeof createLogger>) => void): string {
  let lines = '';
  const logger = createLogger('debug', {
    write: (line) => {
      lines += line;
    },
  });
  log(logger);
  return lines;
}

it.each([
  'jane.doe+x@shop.example',
  'sk_live_0123456789abcdef',
  'wk_shop_example',
  'Bearer abc.def-ghi_jkl',
  'bearer  dG9rZW4=',
  'Basic dXNlcjpwYXNz',
  'shpss_0123456789abcdef0123456789abcdef',
  'shpat_0123456789abcdef0123456789abcdef',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJqYW5lIn0.c2lnbmF0dXJl',
  '0f'.repeat(32),
  'E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855',
  'jane.doe%40shop.example',
  String.raw`jane.doe\u0040shop.example`,
  '+14255550173',
  '+1 (425) 555-0173',
  'jörg@exämple.example',
  'a@münchen.example',
  '"jane doe"@shop.example',
  'jane%2540shop%252Eexample',
  '%2B14255550173',
  '%252B1%2520425%2520555%25200173',
  '%2B1+425+555+0173',
  String.raw`\u002b14255550173`,
  '+49\u00a0151\u00a023456789',
  '+49/151/23456789',
  '+1 - (425) 555-0173',
  '+290 21234',
  `ck_${'0a'.repeat(20)}`,
  `cs_${'0a'.repeat(20)}`,
  'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  'Bearer abcdefghijklmnopqrst',
])('a message that brings %s loses it on its way into the log', (secret) => {
  const line = logged((logger) =>
    logger.child({ site: 'shop' }).error({ error: { message: `Unexpected "${secret}", at 3` } }, 'request fault'),
  );
  expect(line).not.toContain(secret);
  expect(JSON.parse(line)).toMatchObject({
    site: 'shop',
    error: { message: 'Unexpected "[removed]", at 3' },
    msg: 'request fault',
  });
});

it.each(['jane@shop.example', '+14255550173', '0f'.repeat(32), 'sk_live_0123456789abcdef', 'Bearer abc.def-ghi_jkl'])(
  'a line that begins with %s within a message loses it, and stays JSON',
  (secret) => {
    const line = logged((logger) => logger.warn({ next: 'kept' }, `refused:\n${secret}\f${secret}\u001f${secret}, %3D${secret}`));
    expect(line).not.toContain(secret);
    expect(JSON.parse(line)).toMatchObject({
      next: 'kept',
      msg: expect.stringMatching(/^refused:\n\[removed\]\f\[removed\].\[removed\], (?:%3D|%)?\[removed\]$/),
    });
  },
);

it('a password in an address goes, and the host stays', () => {
  const line = logged((logger) => logger.warn({}, 'https://jane:hers-alone@shop.example/x and http://127.0.0.1:8080/a@b'));
  expect(JSON.parse(line)).toMatchObject({ msg: 'https://[removed]@shop.example/x and http://127.0.0.1:8080/a@b' });
});

it('ids, addresses, times and the names of accounts stay as they are', () => {
  const facts = {
    site: 'shop',
    pump: 'shop/bing',
    event: 'ord-1001@2',
    account: 'ann@shop.example',
    url: 'http://127.0.0.1:8080',
    order: 'purchase-5f3b1d2e9c8a47b6a1d0e4f2c3b5a697',
    digits: '5678901234567',
    attempt: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
    bytes: 12_345_678_901,
    grown: '+12345678 rows',
    plans: ['the basic plan', 'Bearer plan', 'Basic installation.', 'a basic high-volume plan', 'bearer authentication'],
  };
  expect(JSON.parse(logged((logger) => logger.info(facts, 'signed in')))).toMatchObject(facts);
});

it.each([
  'a',
  '1',
  '+1',
  'a.',
  '@',
  '%40',
  'sk_',
  'eyJ',
  '0f',
  '://',
  '\\',
  '%25',
  '%2525',
  '%2B',
  '+1 - ',
  'é',
  '"a',
  'basic ',
  '2e',
])('a long line of %j costs no more than its length', (part) => {
  const before = process.threadCpuUsage();
  logged((logger) => logger.info({ text: part.repeat(60_000), more: `${'x'.repeat(50_000)}@` }, 'long'));
  const { user, system } = process.threadCpuUsage(before);
  // A quadratic pattern takes several seconds.
  expect((user + system) / 1_000).toBeLessThan(1_000);
});
