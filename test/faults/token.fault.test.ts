import { afterEach, expect, it } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { hourMs, minuteMs } from '../../src/event/units.ts';
import { eventually, makeFolder, tagId } from '../gateway.fixture.ts';
import { startPacedGateway } from '../paced-gateway.fixture.ts';
import { sized, tell } from './fault-scale.ts';
import { freshEvent, judge, makeDriver, nothingWrong, settled } from './oracle.ts';
import { startVendor, type VendorRequest } from './scripted-vendor.ts';

const pace = sized({ part: 2_400, whole: 300, nightly: 60 });
const probesOf = (requests: readonly VendorRequest[]) => requests.filter(({ ids }) => ids.length === 0).length;

const ending: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

/** A site that is set in the dashboard, so that its token changes while the gateway runs. */
async function openSite() {
  const folder = makeFolder();
  const clock = createPacedClock();
  const vendor = await startVendor({ now: clock.now });
  const gateway = await startPacedGateway(folder.writeConfig(vendor.url), clock);
  ending.push(folder.remove, vendor.close, gateway.stop);
  const { callApi } = gateway;
  const site = 'made';
  await callApi('POST /api/sites', {}, { id: site, domains: ['made.example'], defaultCountry: 'US', defaultCurrency: 'USD' });
  const { key } = await callApi('POST /api/sites/:site/keys', { site }, { kind: 'secret' });
  const setToken = async (token: string) => {
    const { revision } = await callApi('GET /api/sites/:site', { site });
    const asked = { site, connection: 'bing' };
    const body = { revision, destination: 'microsoft', settings: { tagId, token } };
    await callApi('PUT /api/sites/:site/connections/:connection', asked, body);
  };
  let good = '';
  vendor.react = ({ token }) => (token === good ? undefined : { status: 401 });
  const driver = makeDriver('o', key);
  ending.push(driver.close);
  const bing = async () => (await callApi('GET /api/connections', {})).find((one) => one.site === site);
  const accept = (token: string) => {
    good = token;
  };
  return { clock, vendor, gateway, driver, bing, setToken, accept };
}

it('a token refused for 2 hours costs a probe every 15 minutes and no event, and a valid token works at once', {
  timeout: 120_000 + (4 * hourMs) / pace,
}, async (context) => {
  const { clock, vendor, gateway, driver, bing, setToken, accept } = await openSite();
  accept('first-token');
  await setToken('first-token');
  expect(await freshEvent(driver, vendor, gateway.url)).toBeLessThan(10_000);
  // By now the credential is not fresh any more.
  clock.jump(20 * minuteMs);

  accept('third-token');
  const refusedFrom = vendor.requests.length;
  await driver.sendUntilTaken(gateway.url, 200);
  expect(await eventually(async () => (await bing())?.pausedSince !== undefined)).toBe(true);
  clock.pace(pace);
  for (let quarter = 0; quarter < 8; quarter += 1) {
    await clock.pass(hourMs / 4);
    await driver.sendUntilTaken(gateway.url, 50);
    expect(await bing()).toMatchObject({ waiting: 0, deadLetters: 0 });
  }
  const refused = vendor.requests.slice(refusedFrom);
  const probes = probesOf(refused);
  expect(probes).toBeGreaterThan(1);
  expect(probes).toBeLessThanOrEqual(9);
  expect(refused.length - probes).toBe(1);
  expect(gateway.lines.some(({ msg }) => msg.startsWith('connection paused for over 15 minutes'))).toBe(true);

  const wrongFrom = vendor.requests.length;
  await setToken('second-token');
  await clock.pass(hourMs);
  const wrong = vendor.requests.slice(wrongFrom);
  // At once, every minute while it is fresh, and every quarter of an hour then.
  expect(probesOf(wrong)).toBeGreaterThan(3);
  expect(probesOf(wrong)).toBeLessThanOrEqual(1 + 15 + 3);
  expect(probesOf(wrong)).toBe(wrong.length);

  clock.pace(1);
  const before = vendor.taken.size;
  const startedAt = performance.now();
  await setToken('third-token');
  expect(await eventually(() => vendor.taken.size > before)).toBe(true);
  const resumedMs = performance.now() - startedAt;
  expect(resumedMs).toBeLessThan(5_000);
  expect(await settled({ driver, vendor })).toBe(true);
  const view = await bing();
  expect(view).toMatchObject({ health: 'healthy', inDoubt: 0, waiting: 0, deadLetters: 0 });
  expect(judge({ driver, vendor, inDoubt: view?.inDoubt ?? 0 })).toEqual(nothingWrong);
  tell(context, {
    fault: 'F10',
    what: '401 for 2 hours, a wrong token for 1 hour, then a good one',
    times: `${driver.obligations.size} events, ×${pace}`,
    holds: 'nothing counts against an event; ≤ 9 probes, ≤ 19 of the fresh token; resumes in 5 s',
    seen: `0 rows, ${probes} and ${probesOf(wrong)} probes, resumed in ${(resumedMs / 1_000).toFixed(1)} s`,
  });
});
