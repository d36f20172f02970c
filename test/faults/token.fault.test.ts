import { afterEach, expect, it } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { hourMs, minuteMs } from '../../src/event/units.ts';
import { eventually, makeFolder, tagId } from '../gateway.fixture.ts';
import { startPacedGateway } from '../paced-gateway.fixture.ts';
import { addFaultRow, pickByScale } from './fault-scale.ts';
import { createDriver, findViolations, measureFreshEvent, noViolations, waitUntilDelivered } from './oracle.ts';
import { startVendor, type VendorRequest } from './scripted-vendor.ts';

const pace = pickByScale({ part: 2_400, whole: 300, nightly: 60 });
const countProbes = (requests: readonly VendorRequest[]) => requests.filter(({ ids }) => ids.length === 0).length;
/** Returns the number of quarters of an hour that began. A busy machine lets more of them pass than the test asks for. */
const countQuarters = (ms: number) => Math.ceil(ms / (hourMs / 4));

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

/** Creates a dashboard site, so that its token can change while the gateway runs. */
async function openSite() {
  const folder = makeFolder();
  const clock = createPacedClock();
  const vendor = await startVendor({ now: clock.now });
  const gateway = await startPacedGateway(folder.writeConfig(vendor.url), clock);
  cleanups.push(folder.remove, vendor.close, gateway.stop);
  const { callApi } = gateway;
  const site = 'new-site';
  await callApi('POST /api/sites', {}, { id: site, domains: ['new-site.example'], defaultCountry: 'US', defaultCurrency: 'USD' });
  const { key } = await callApi('POST /api/sites/:site/keys', { site }, { kind: 'secret' });
  const setToken = async (token: string) => {
    const { revision } = await callApi('GET /api/sites/:site', { site });
    const parameters = { site, connection: 'bing' };
    const body = { revision, destination: 'microsoft', settings: { tagId, token } };
    await callApi('PUT /api/sites/:site/connections/:connection', parameters, body);
  };
  let validToken = '';
  vendor.react = ({ token }) => (token === validToken ? undefined : { status: 401 });
  const driver = createDriver('o', key);
  cleanups.push(driver.close);
  const bing = async () => (await callApi('GET /api/connections', {})).find((one) => one.site === site);
  const setValidToken = (token: string) => {
    validToken = token;
  };
  return { clock, vendor, gateway, driver, bing, setToken, setValidToken };
}

it('a token refused for 2 hours costs a probe every 15 minutes and no event, and a valid token works at once', {
  timeout: 120_000 + (4 * hourMs) / pace,
}, async (context) => {
  const { clock, vendor, gateway, driver, bing, setToken, setValidToken } = await openSite();
  setValidToken('first-token');
  await setToken('first-token');
  expect(await measureFreshEvent(driver, vendor, gateway.url)).toBeLessThan(10_000);
  // The credential is no longer new, so probes are rarer.
  clock.jump(20 * minuteMs);

  setValidToken('third-token');
  const firstRefused = vendor.requests.length;
  const refusedAt = clock.now();
  await driver.sendUntilAccepted(gateway.url, 200);
  expect(await eventually(async () => (await bing())?.pausedSince !== undefined)).toBe(true);
  clock.pace(pace);
  for (let quarter = 0; quarter < 8; quarter += 1) {
    await clock.pass(hourMs / 4);
    await driver.sendUntilAccepted(gateway.url, 50);
    expect(await bing()).toMatchObject({ deferred: 0, deadLetters: 0 });
  }
  const refused = vendor.requests.slice(firstRefused);
  const probes = countProbes(refused);
  expect(probes).toBeGreaterThan(1);
  expect(probes).toBeLessThanOrEqual(1 + countQuarters(clock.now() - refusedAt));
  expect(refused.length - probes).toBe(1);
  expect(gateway.lines.some(({ msg, alert }) => msg === 'alert began' && alert === 'paused:default/new-site/bing')).toBe(true);

  const firstWrong = vendor.requests.length;
  const wrongAt = clock.now();
  await setToken('second-token');
  await clock.pass(hourMs);
  const requestsWithWrongToken = vendor.requests.slice(firstWrong);
  // One probe at once, one per minute while the credential is new, then one per 15 minutes.
  expect(countProbes(requestsWithWrongToken)).toBeGreaterThan(3);
  expect(countProbes(requestsWithWrongToken)).toBeLessThanOrEqual(1 + 15 + countQuarters(clock.now() - wrongAt - 15 * minuteMs));
  expect(countProbes(requestsWithWrongToken)).toBe(requestsWithWrongToken.length);

  clock.pace(1);
  const before = vendor.acceptedEvents.size;
  const startedAt = performance.now();
  await setToken('third-token');
  expect(await eventually(() => vendor.acceptedEvents.size > before)).toBe(true);
  const resumedMs = performance.now() - startedAt;
  expect(resumedMs).toBeLessThan(20_000);
  expect(await waitUntilDelivered({ driver, vendor })).toBe(true);
  const view = await bing();
  expect(view).toMatchObject({ health: 'healthy', inDoubt: 0, deferred: 0, deadLetters: 0 });
  expect(findViolations({ driver, vendor, inDoubt: view?.inDoubt ?? 0 })).toEqual(noViolations);
  addFaultRow(context, {
    fault: 'F10',
    scenario: '401 for 2 hours, a wrong token for 1 hour, then a valid one',
    amount: `${driver.obligations.size} events, ×${pace}`,
    expected: 'no attempt counts for an event; ≤ 9 probes, ≤ 19 with the new token; resumes in 20 s',
    observed: `0 rows, ${probes} and ${countProbes(requestsWithWrongToken)} probes, resumed in ${(resumedMs / 1_000).toFixed(1)} s`,
  });
});
