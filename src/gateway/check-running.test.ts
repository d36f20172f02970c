import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { readValidConfig, site } from '../config/config.fixture.ts';
import { askRunningGateway, checkRunning, reportUnchecked } from './check-running.ts';

const check = (running: Parameters<typeof checkRunning>[0]) =>
  [...checkRunning(running)].map(({ level, says }) => `${level}: ${says}`);

it('the check of a running gateway fails with the reason if the gateway accepts no events', () => {
  expect(check({ log: { writable: true }, budgets: [] })).toEqual(['ok: The gateway accepts events']);
  expect(check({ log: { writable: false, problem: 'Only 1 MiB of disk are free' }, budgets: [] })).toEqual([
    'problem: Not accepting events: Only 1 MiB of disk are free',
  ]);
  expect(check({ log: { writable: true, browserProblem: 'Only 9 MiB of disk are free' }, budgets: [] })).toEqual([
    'warning: Not accepting events from browsers: Only 9 MiB of disk are free',
  ]);
  expect(check(undefined)).toEqual([expect.stringMatching(/^problem: The gateway does not answer/)]);
});

it('a running gateway without an admin API is asked at its port', async (context) => {
  let status = 200;
  const server = createServer((_, response) => response.writeHead(status).end('{}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const ask = () => askRunningGateway({ host: '0.0.0.0', port }, () => Promise.reject(new Error('no admin API')));
  expect(await ask()).toMatchObject({ log: { writable: true } });
  status = 503;
  expect(await ask()).toMatchObject({ log: { writable: false } });
  server.close();
  server.closeAllConnections();
  expect(await ask()).toBeUndefined();
});

it('the check names the sites that it did not check, because a running gateway holds their settings', () => {
  const { sites } = readValidConfig({ sites: [site] });
  const report = (ids?: readonly string[]) =>
    [...reportUnchecked({ sites }, { log: { writable: true }, budgets: [], ...(ids && { sites: ids }) })].map(
      ({ level, says }) => `${level}: ${says}`,
    );
  expect(report(['shop'])).toEqual([]);
  expect(report(['shop', 'b'])).toEqual([expect.stringMatching(/^warning: 1 site of the dashboard was not checked/)]);
  expect(report(['a', 'b', 'shop'])).toEqual([expect.stringMatching(/^warning: 2 sites of the dashboard were not checked/)]);
  expect(report()).toEqual([expect.stringMatching(/^warning: Sites of the dashboard, if there are any, were not checked/)]);
});
