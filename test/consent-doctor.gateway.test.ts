import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPacedClock } from '../src/clock/paced-clock.fixture.ts';
import { formatConsentDefault } from '../src/destinations/microsoft/page-tag.ts';
import { consentPlatforms, customBannerSnippet, formatToolSetting, supportedConsentTools } from '../src/doctor/consent-tools.ts';
import { consentCategories, consentToolLabels, consentToolNames } from '../src/event/consent-tool-names.ts';
import { convey } from './cli.fixture.ts';
import { type CommandResult, eventually, type Folder, makeFolder, root, startSink, writeKey } from './gateway.fixture.ts';
import { type PacedGateway, startPacedGateway } from './paced-gateway.fixture.ts';

const snippet = `<script>!function(c,o,n){c[n]=c[n]||function(){(c[n].q=c[n].q||[]).push(arguments)};var s=o.createElement('script');s.async=1;s.src='https://data.shop.example/p.js?k=${writeKey}';o.head.appendChild(s)}(window,document,'convey');</script>`;
const agent = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';

/** Starts a host of pages that records its requests. All resources of its pages are on it, or on `elsewhere`. */
async function startPages(bodies: Readonly<Record<string, string>>) {
  const requestedPaths: string[] = [];
  const server = createServer((request, response) => {
    requestedPaths.push(`${request.method} ${request.url}`);
    const body = bodies[request.url ?? ''];
    if (request.url === '/moved') response.writeHead(302, { location: '/shop\u0085' }).end();
    else if (request.url === '/pdf') response.setHeader('content-type', 'application/pdf').end('%PDF');
    else if (request.url === '/large') response.setHeader('content-type', 'text/html').end('x'.repeat(3 * 1024 * 1024));
    else if (body === undefined) response.writeHead(404).end();
    else response.setHeader('content-type', 'text/html; charset=utf-8').end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    /** Returns the paths requested since the last call. */
    asked: () => requestedPaths.splice(0),
    close: () => server.close(),
  };
}

/** Joins wrapped output into one line. */
function joinOutput({ stdout }: CommandResult): string {
  return stdout.replace(/\s+/g, ' ');
}

async function report(gateway: PacedGateway, events: readonly object[], signals: readonly object[] = []): Promise<void> {
  const response = await fetch(`${gateway.url}/e`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', 'user-agent': agent },
    body: JSON.stringify({ writeKey, events, signals }),
  });
  expect(await response.json()).toMatchObject({ accepted: events.length, rejected: [] });
}

const view = (id: string, consent: object) => ({ id, name: 'PageView', page: { url: 'https://shop.example/' }, consent });
const waiting = { adStorage: 'denied', explicit: false };
const viaGoogle = { adStorage: 'granted', source: 'gcm', explicit: true };

describe('the consent doctor', () => {
  let folder: Folder;
  let config: string;
  let pages: Awaited<ReturnType<typeof startPages>>;
  let otherHost: Awaited<ReturnType<typeof startPages>>;
  let platform: Awaited<ReturnType<typeof startSink>>;

  beforeAll(async () => {
    otherHost = await startPages({});
    platform = await startSink();
    const loads = `<link rel="stylesheet" href="${otherHost.url}/a.css"><script src="${otherHost.url}/a.js"></script><img src="/a.png"><iframe src="/frame"></iframe><meta http-equiv="refresh" content="0;url=/next">`;
    const oneTrust = '<script src="https://cdn.cookielaw.org/scripttemplates/otSDKStub.js"></script>';
    pages = await startPages({
      '/': `<!doctype html><head>${snippet}${oneTrust}${loads}</head><a href="/more">More</a>`,
      '/google': `<head>${snippet}<script>gtag('consent', 'default', { ad_storage: 'denied' })</script></head>`,
      '/bare': '<!doctype html><h1>A shop</h1>',
      '/odd': `<head><script src="https://data.shop.example/\u009b31m.js?k=wk_stranger_1"></script></head>`,
    });
    folder = makeFolder();
    config = folder.writeConfig(platform.url, { site: { domains: ['shop.example', '127.0.0.1'] } });
  });
  afterAll(async () => {
    pages.close();
    otherHost.close();
    await platform.close();
    folder.remove();
  });

  const doctor = (page: string) => convey('check', '--config', config, '--page', page);

  it('gives the snippet to a page that lacks it, and opens that page once and nothing else', async () => {
    const answer = await doctor(`${pages.url}/bare`);
    expect(answer.stdout).toMatch(/^problem {2}snippet: Convey's snippet is not on the page/m);
    expect(answer.stdout).toContain(`p.js?k=${writeKey}';o.head.appendChild(s)}(window,document,'convey');</script>\n`);
    expect(answer).toMatchObject({ code: 1, stderr: '' });
    expect(pages.asked()).toEqual(['GET /bare']);
    expect([otherHost.asked(), platform.requests]).toEqual([[], []]);
  });

  it('loads nothing that the page names', async () => {
    const answer = await doctor(`${pages.url}/`);
    expect(answer.stdout).toMatch(/^ok {7}snippet: /m);
    expect(answer.code).toBe(0);
    expect(pages.asked()).toEqual(['GET /']);
    expect([otherHost.asked(), platform.requests]).toEqual([[], []]);
  });

  it('follows no redirect and reports its target', async () => {
    const answer = await doctor(`${pages.url}/moved`);
    expect(joinOutput(answer)).toContain(`problem page: The page has status 302 and redirects to ${pages.url}/shop`);
    expect(joinOutput(answer)).toContain('Check that page instead');
    expect(answer.code).toBe(1);
    expect(pages.asked()).toEqual(['GET /moved']);
  });

  it('prints nothing of the page that could move the cursor of a terminal', async () => {
    const { stdout } = await doctor(`${pages.url}/odd`);
    expect(stdout).toContain('an unknown write key');
    expect(stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    pages.asked();
  });

  it.each([
    ['/gone', 'The page has status 404'],
    ['/pdf', 'The response is not an HTML page'],
    ['/large', 'The page is over 2 MiB'],
  ])('reports why %s cannot be read', async (path, why) => {
    const answer = await doctor(`${pages.url}${path}`);
    expect(joinOutput(answer)).toContain(`problem page: ${why}`);
    expect(answer.code).toBe(1);
    expect(pages.asked()).toEqual([`GET ${path}`]);
  });

  it('reports an unreachable page', async () => {
    // A port that no other test can be given, and that `fetch` does not block as it does port 1.
    const answer = await doctor('http://127.0.0.1:2/');
    expect(joinOutput(answer)).toContain('problem page: The page cannot be reached (ECONNREFUSED)');
    expect(answer.code).toBe(1);
  });

  it('refuses a page of no site, and what is no address, before it opens anything', async () => {
    const foreign = await doctor(pages.url.replace('127.0.0.1', 'localhost'));
    expect(foreign).toMatchObject({ code: 1, stdout: '' });
    expect(foreign.stderr).toMatch(/^error: No site has the host localhost\. Use a page of shop\.example, 127\.0\.0\.1 /);
    for (const address of ['shop.example', 'file:///etc/hosts', 'https://jane:canary@shop.example/']) {
      const answer = await doctor(address);
      expect(answer).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('complete http or https URL') });
      expect(answer.stderr).not.toContain('canary');
    }
    expect(pages.asked()).toEqual([]);
  });

  it("proposes the reader of the page's tool while no event states a choice, and none afterwards", async () => {
    const gateway = await startPacedGateway(config, createPacedClock());
    await report(gateway, [view('a', waiting), view('b', waiting)]);

    const isReported = async () => {
      const { stdout } = await convey('events', '--config', config, '--json');
      return !stdout.includes('"undelivered"');
    };
    expect(await eventually(isReported)).toBe(true);

    const silent = await doctor(`${pages.url}/`);
    expect(joinOutput(silent)).toContain(
      'problem consent: No event has a choice. 2 of 2 events count as denied, because consent is unknown.',
    );
    expect(silent.stdout).toContain('"capture": { "consentTool": "onetrust" }\n');
    expect(joinOutput(silent)).toContain("A page calls `convey('consent', …)`");
    expect(silent.code).toBe(1);
    const early = await doctor(`${pages.url}/google`);
    expect(joinOutput(early)).toContain('The pixel reads Google Consent Mode itself, so there is nothing to paste');
    expect(early.code).toBe(1);

    await report(gateway, [view('c', viaGoogle)], [{ id: 's', type: 'consent', consent: viaGoogle }]);
    const result = await doctor(`${pages.url}/google`);
    await gateway.stop();
    // The gateway is stopped, so the command reads the files.
    const stored = await doctor(`${pages.url}/google`);
    for (const answer of [result, stored]) {
      expect(joinOutput(answer)).toContain("events: 3 from browsers among the site's newest 1000 records");
      expect(answer.stdout).toMatch(/^ +gcm +1 +0 +0 +1$/m);
      expect(answer.stdout).toMatch(/^ +none +0 +0 +2 +0$/m);
      expect(answer.stdout).toMatch(/^ +consent-denied +2 +67%$/m);
      expect(answer).toMatchObject({ stderr: '' });
    }
    expect(joinOutput(stored)).toContain('67% of the events have no choice and count as denied. Shoppers left before they chose');
    expect(stored.code).toBe(0);
    expect(pages.asked()).toEqual(['GET /', 'GET /google', 'GET /google', 'GET /google']);
  });

  it('leaves the check without a page as it is', async () => {
    const { stdout } = await convey('check', '--config', config);
    expect(stdout).toMatch(/^ok {7}config: 1 site in the file\n/);
    expect(stdout).toContain('shop/bing: ');
    expect(stdout).not.toContain('snippet');
    expect(pages.asked()).toEqual([]);
  });
});

describe('the guide to dual tracking', () => {
  it('has the lines for the tag that the doctor prints', () => {
    const guide = readFileSync(join(root, 'docs/guides/microsoft/uet-tag.md'), 'utf8');
    expect(guide).toContain(`\`\`\`html\n${formatConsentDefault('uetq')}\n\`\`\`\n`);
  });
});

describe('the guide to consent', () => {
  const guide = readFileSync(join(root, 'docs/guides/consent.md'), 'utf8');

  it('has the lines and the setting that the doctor prints', () => {
    expect(guide).toContain(`\`\`\`js\n${customBannerSnippet}\n\`\`\`\n`);
    expect(guide).toContain(`\`\`\`json\n${formatToolSetting('cookiebot')}\n\`\`\`\n`);
    const rows = [...guide.matchAll(/^\| `([\w-]+)` \| ([^|]+) \| ([^|]+) \|$/gm)].map(([, ...cells]) => cells);
    expect(rows.map(([name, label]) => [name, label])).toEqual(consentToolNames.map((name) => [name, consentToolLabels[name]]));
    for (const [name = '', , category] of rows)
      expect(category?.includes('`consentCategory`'), name).toBe(name in consentCategories);
  });

  it('names every platform that the doctor knows, and what the pixel reads in its order', () => {
    for (const { name } of consentPlatforms) expect(guide).toContain(name);
    const sources = [...guide.matchAll(/^\d\. `(\w+)`: /gm)].map(([, source]) => source);
    expect(sources).toEqual(['call', 'cmp', ...supportedConsentTools.map(({ source }) => source), 'gpc']);
  });
});
