import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { convey, parseJsonLines } from '../cli.fixture.ts';
import { eventually, type Folder, makeFolder, post, purchase, tagId, writeKey } from '../gateway.fixture.ts';
import { type PacedGateway, startPacedGateway } from '../paced-gateway.fixture.ts';

/** The match quality report of a day with known traffic. Every figure below is counted by hand. */

const consent = { adStorage: 'granted', source: 'call', explicit: true };
const userAgent =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36';

describe('a marketing engineer who reads the match quality', () => {
  let folder: Folder;
  let microsoft: MicrosoftSimulator;
  let gateway: PacedGateway;
  let config: string;

  const runMatchQuality = (...more: string[]) => convey('match-quality', ...more, '--config', config);

  beforeAll(async () => {
    folder = makeFolder();
    const clock = createPacedClock();
    microsoft = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: 'good-token' }, now: clock.now });
    const settings = { tagId, token: 'good-token', endpoint: microsoft.url, whenDenied: 'send-denied' };
    config = folder.writeConfig(microsoft.url, { site: { connections: [{ id: 'bing', destination: 'microsoft', settings }] } });
    const written = JSON.parse(readFileSync(config, 'utf8'));
    Object.assign(written.collector, { trustedProxies: ['127.0.0.1'], countryHeader: 'cf-ipcountry' });
    writeFileSync(config, JSON.stringify(written));
    gateway = await startPacedGateway(config, clock);
  });
  afterAll(async () => {
    await gateway.stop();
    await microsoft.close();
    folder.remove();
  });

  /** Sends a page view with a click id and an addition to the cart. Returns the visitor's id. */
  async function sendVisit(): Promise<string> {
    const page = { url: 'https://shop.example/?msclkid=dd4afcccb1c94a4cad9544dd7e5006ab', browserTag: 'none' };
    const events = [
      { id: 'view-1', name: 'PageView', consent, page },
      { id: 'cart-1', name: 'AddToCart', consent, page: { ...page, url: 'https://shop.example/cart' } },
    ];
    const { visitorId }: { visitorId: string } = JSON.parse(await (await sendEvents(events)).text());
    return visitorId;
  }

  function sendEvents(events: readonly object[]): Promise<Response> {
    const browser = { origin: 'https://shop.example', 'user-agent': userAgent, 'content-type': 'text/plain;charset=UTF-8' };
    return fetch(`${gateway.url}/e`, {
      method: 'POST',
      headers: { ...browser, 'cf-ipcountry': 'DE' },
      body: JSON.stringify({ writeKey, sentAt: Date.now(), events }),
    });
  }

  it('gets a message and a next step when there is no data', async () => {
    const { code, stdout } = await runMatchQuality();
    expect(code).toBe(0);
    expect(stdout).toMatch(/^shop\/bing {2}delivered events of .*\nNo such event was delivered in this period\. Send one with/);
  });

  it('reads the share of each key for each event', async () => {
    const anonymousId = await sendVisit();
    await post(gateway.url, [
      purchase('o-1', { user: { anonymousId, email: 'jane@shop.example' } }),
      purchase('o-2', { user: { email: 'joe@shop.example', phone: '12' } }),
      purchase('o-3', {
        user: {
          anonymousId: 'b171a9b06ce011ecafcd1b209be8601b',
          email: 'ann@shop.example',
          phone: '+1 425 555 1234',
          externalId: 'cust-7',
          ip: '203.0.113.42',
          userAgent,
        },
        clickIds: { msclkid: 'dd4afcccb1c94a4cad9544dd7e5006ac' },
      }),
      purchase('o-4', { user: { email: 'kim@shop.example' }, consent: { adStorage: 'denied', explicit: true } }),
    ]);
    expect(await eventually(async () => (await runMatchQuality()).stdout.includes(' 6      67%'))).toBe(true);
    const { stdout } = await runMatchQuality();
    expect(stdout.split('\n').slice(1, 6)).toEqual([
      'event      events  msclkid  email  phone  visitor  ext-id  address  agent',
      'Purchase        4      50%    75%    25%      50%     25%      25%    50%',
      'AddToCart       1     100%     0%     0%     100%      0%       0%   100%',
      'PageView        1     100%     0%     0%     100%      0%       0%   100%',
      'all             6      67%    50%    17%      67%     17%      17%    67%',
    ]);
  });

  it('reads why each key is missing, the biggest reason first, and the fix', async () => {
    const { stdout } = await runMatchQuality('--event', 'purchase', '--site', 'shop', '--connection', 'bing', '--days', '2');
    const lines = stdout.trimEnd().split('\n');
    expect(lines.filter((line) => !line.startsWith('       ')).slice(1)).toEqual([
      'event     events  msclkid  email  phone  visitor  ext-id  address  agent',
      'Purchase       4      50%    75%    25%      50%     25%      25%    50%',
      '',
      'msclkid: missing in 2 of 4',
      ' 25%  consent',
      ' 25%  no-visitor',
      '',
      'email: missing in 1 of 4',
      ' 25%  consent: see msclkid above',
      '',
      'phone: missing in 3 of 4',
      ' 25%  consent: see msclkid above',
      ' 25%  not-collected',
      ' 25%  unreadable',
      '',
      'visitor: missing in 2 of 4',
      ' 25%  consent: see msclkid above',
      ' 25%  no-visitor: see msclkid above',
      '',
      'external-id: missing in 3 of 4',
      ' 50%  not-signed-in',
      ' 25%  consent: see msclkid above',
      '',
      'address: missing in 3 of 4',
      ' 50%  server-without',
      ' 25%  consent: see msclkid above',
      '',
      'agent: missing in 2 of 4',
      ' 25%  consent: see msclkid above',
      ' 25%  server-without',
    ]);
    expect(stdout).toMatch(/unreadable\n.*was not a possible one, so it was dropped\.\n +Send `\+` and the country code/);
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80);
  });

  it('gets the same as JSON, and nothing in it is about a person', async () => {
    const { stdout } = await runMatchQuality('--json');
    const [view] = parseJsonLines(stdout);
    expect(view).toMatchObject({ site: 'shop', connection: 'bing', all: { delivered: 6 } });
    expect(view.events.map(({ name, delivered }: { name: string; delivered: number }) => [name, delivered])).toEqual([
      ['Purchase', 4],
      ['AddToCart', 1],
      ['PageView', 1],
    ]);
    const pageViewKeys = view.events[2].keys.map(({ key, share, missing }: Key) => [
      key,
      share,
      missing.map(({ reason }) => reason),
    ]);
    expect(pageViewKeys).toEqual([
      ['msclkid', 1, []],
      ['email', 0, ['anonymous']],
      ['phone', 0, ['anonymous']],
      ['visitor', 1, []],
      ['external-id', 0, ['not-signed-in']],
      ['address', 0, ['not-public']],
      ['agent', 1, []],
    ]);
    for (const value of ['jane', 'joe', 'cust-7', 'dd4afccc', '203.0.113.42', 'o-1']) expect(stdout).not.toContain(value);
  });

  it('gets the problem with an invalid option', async () => {
    expect((await runMatchQuality('--site', 'nowhere')).stderr).toMatch(/^error: There is no such site\. Use the id/);
    expect((await runMatchQuality('--connection', 'nothing')).stderr).toMatch(
      /^error: No site has the connection of --connection\. Use one of these: /,
    );
    expect((await runMatchQuality('--days', '0')).stderr).toMatch(/^error: .*Use a number from 1 to 400/);
    const { stdout } = await runMatchQuality('--event', 'Lead');
    expect(stdout).toContain('No such event was delivered in this period. Delivered events: Purchase,\nAddToCart, PageView.');
    expect((await runMatchQuality('--help')).stdout).toContain('1 to 400');
  });

  it('selects a connection as `connections list` prints it', async () => {
    const { stdout } = await runMatchQuality('--connection', 'shop/bing', '--json');
    expect(parseJsonLines(stdout)).toMatchObject([{ site: 'shop', connection: 'bing', all: { delivered: 6 } }]);
    expect((await runMatchQuality('--connection', 'other/bing')).stderr).toMatch(/^error: There is no such site\. Use the id/);
    expect((await runMatchQuality('--connection', 'shop/bing', '--site', 'other')).stderr).toMatch(/^error: .*different sites/);
    expect((await runMatchQuality('--connection', 'shop/')).stderr).toMatch(/^error: .*SITE\/CONNECTION/);
  });

  it('reads who consented by country and banner, also of events that keep no country', async () => {
    const choice = { adStorage: 'denied', source: 'tcf', version: '28.134', explicit: true };
    const view = { id: 'view-2', name: 'PageView', consent: choice };
    for (const repeat of [view, view]) expect((await sendEvents([repeat])).status).toBe(202);
    const { stdout } = await convey('consent', '--config', config, '--days', '2');
    expect(stdout.trimEnd().split('\n').slice(1)).toEqual([
      'country of browsers  events  granted  denied  no choice',
      'others                    3      67%     33%         0%',
      '',
      'banner               events  granted  denied  no choice',
      'Server                    4      75%     25%         0%',
      'Call on the page          2     100%      0%         0%',
      'TCF, other versions       1       0%    100%         0%',
      'Counts of events, not of visitors: who opens more pages counts more.',
    ]);
    const event = await convey('event', 'view-2', '--json', '--config', config);
    expect(event.stdout).toContain('"stated":"denied"');
    expect(event.stdout).not.toMatch(/"DE"|28\.134/);
    expect((await convey('consent', '--site', 'nowhere', '--config', config)).stderr).toMatch(/^error: There is no such site/);
  });
});

interface Key {
  readonly key: string;
  readonly share: number;
  readonly missing: readonly { readonly reason: string }[];
}
