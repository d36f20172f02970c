import { expect, it } from 'vitest';
import { makeLogger } from './telemetry.ts';

function logged(log: (logger: ReturnType<typeof makeLogger>) => void): string {
  let lines = '';
  const logger = makeLogger('debug', {
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

it('ids, addresses, times and the names of accounts stay as they are', () => {
  const facts = {
    site: 'shop',
    pump: 'shop/bing',
    event: 'ord-1001@2',
    account: 'ann@shop.example',
    url: 'http://127.0.0.1:8080',
  };
  expect(JSON.parse(logged((logger) => logger.info(facts, 'signed in')))).toMatchObject(facts);
});

it('a long line costs no more than its length', () => {
  const startedAt = performance.now();
  logged((logger) => logger.info({ text: 'a.'.repeat(50_000), more: `${'x'.repeat(50_000)}@` }, 'long'));
  expect(performance.now() - startedAt).toBeLessThan(250);
});
