import dns from 'node:dns';
import { readFileSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import chromium from '@sparticuz/chromium';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkLive, type LiveOptions } from '../../src/cli/check-live.ts';
import { loadConfig } from '../../src/cli/cli-context.ts';
import { runInTerminal } from '../../src/cli/terminal.ts';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { type LaunchBrowser, launchBrowser } from '../../src/doctor/live/launch-browser.ts';
import { captureOutput, convey } from '../cli.fixture.ts';
import { type CommandResult, type Folder, makeFolder, runConveyProcess, startSink } from '../gateway.fixture.ts';
import {
  type Authority,
  createAuthority,
  type HttpsShop,
  type ProxyFaults,
  type SignedCertificate,
  startHttpsShop,
} from '../https-shop.fixture.ts';
import { type PacedGateway, startPacedGateway } from '../paced-gateway.fixture.ts';

const inAYear = () => new Date(Date.now() + 365 * 86_400_000);

/** A finding other than a missing browser sandbox or a slow pixel, which are properties of this machine. */
const shopFinding = /^(?:problem|warning) +(?! |browser:|pixel: The pixel takes )/m;

/** Returns the output as one line, without wrapping. */
function getOutput({ stdout }: CommandResult): string {
  return stdout.replace(/\s+/g, ' ');
}

const launched = new Map<string, ReturnType<LaunchBrowser>>();

/** Launches each choice of a browser once: a launch costs more than a check. Checks have separate profiles. */
const launchOnce: LaunchBrowser = async (choice) => {
  const key = JSON.stringify(choice);
  const browser = launched.get(key) ?? launchBrowser(choice);
  launched.set(key, browser);
  return { ...(await browser), close: async () => {} };
};

/** Runs the check of `convey check --live` in a browser that other checks have too. The code is 1 if it finds a problem. */
const checkShared = (config: string, live: string, options: Omit<LiveOptions, 'live'> = {}): Promise<CommandResult> =>
  captureOutput((terminal) =>
    runInTerminal(terminal, async () => {
      const problems = await checkLive(loadConfig(config), { live, ...options }, launchOnce);
      return problems > 0 ? 1 : 0;
    }),
  );

describe('the check of a live shop', () => {
  const authorities = getCACertificates();
  let authority: Authority;
  let good: SignedCertificate;
  let folder: Folder;
  let config: string;
  let platform: Awaited<ReturnType<typeof startSink>>;
  let gateway: PacedGateway;
  const shops: HttpsShop[] = [];

  beforeAll(async () => {
    authority = await createAuthority();
    good = await authority.sign(['localhost'], inAYear());
    platform = await startSink();
    folder = makeFolder();
    config = folder.writeConfig(platform.url, { site: { domains: ['localhost', 'shop.example'] } });
    const written = JSON.parse(readFileSync(config, 'utf8'));
    Object.assign(written.collector, { trustedProxies: ['127.0.0.1'], countryHeader: 'cf-ipcountry' });
    writeFileSync(config, JSON.stringify(written));
    const file = join(folder.dir, 'authority.pem');
    writeFileSync(file, authority.certificate);
    // Node.js reads the variable when a process starts. The checks inside this process get the authority by the call.
    process.env.NODE_EXTRA_CA_CERTS = file;
    setDefaultCACertificates([...authorities, authority.certificate]);
    gateway = await startPacedGateway(config, createPacedClock());
  });
  afterEach(async () => {
    for (const shop of shops.splice(0)) await shop.close();
  });
  afterAll(async () => {
    delete process.env.NODE_EXTRA_CA_CERTS;
    setDefaultCACertificates(authorities);
    for (const browser of launched.values()) await (await browser).close();
    await gateway.stop();
    await platform.close();
    folder.remove();
  });

  const open = async (spoils: ProxyFaults = {}, signed = good): Promise<string> => {
    const shop = await startHttpsShop(gateway.url, signed, spoils);
    shops.push(shop);
    return shop.url;
  };
  const check = (url: string, ...options: readonly string[]) => convey('check', '--config', config, '--live', url, ...options);
  /** A check in a process of its own, which costs twice the CPU time. */
  const checkAlone = (url: string, ...options: readonly string[]) =>
    runConveyProcess('check', '--config', config, '--live', url, ...options);
  /** A check of a shop that is closed after it, so that such checks can run concurrently. Most of their time is waiting. */
  const checkSpoiled = async (spoils: ProxyFaults, options?: Omit<LiveOptions, 'live'>) => {
    const shop = await startHttpsShop(gateway.url, good, spoils);
    try {
      return await checkShared(config, shop.url, options);
    } finally {
      await shop.close();
    }
  };

  it('finds no problem in a shop that is set up well', async () => {
    const answer = await checkAlone(await open(), '--consent', 'granted');
    expect(answer).toMatchObject({ code: 0, stderr: '' });
    expect(answer.stdout).not.toMatch(shopFinding);
    const text = getOutput(answer);
    expect(text).toContain('ok name: localhost resolves to 127.0.0.1: the same host as the page');
    expect(text).toContain('ok certificate: localhost: trusted, valid until ');
    expect(text).toMatch(/ok pixel: Loads within \d+ ms and runs on the page|warning pixel: The pixel takes \d+ ms to load/);
    expect(text).toMatch(/ok events: localhost:\d+\/e accepted 1 event of the page/);
    expect(text).toContain('ok bots: The headless browser counts as a bot, so the events of this check are stored and not sent');
    expect(text).toContain('keeps `_cv_id` for 400 days, for localhost only, HttpOnly, Secure, SameSite=Lax');
    expect(text).toContain('ok address: The gateway detects an address of 203.0.113.0/24, and ignores a forged one');
    expect(text).toContain('ok country: The gateway detects US for this machine, and ignores a forged one');
    expect(platform.requests).toEqual([]);
  });

  it.concurrent('reports that no cookie is set before consent', async () => {
    const strict = { trustsCountryHeader: true, omitsCountry: true };
    const text = getOutput(await checkSpoiled(strict));
    expect(text).toContain('ok events: The pixel correctly waits for consent and has reported nothing');
    expect(text).toContain('ok cookies: No cookie is kept before consent. Check again with --consent granted');
    expect(text).toContain('problem country: The gateway trusts a `cf-ipcountry` of the client');
  });

  const cases: readonly (readonly [string, ProxyFaults, number, readonly string[]])[] = [
    [
      'a proxy that takes cookies away',
      { dropsSetCookie: true },
      1,
      ['problem cookies: The gateway sets `_cv_id`, but no Set-Cookie arrives', 'Configure it to forward the responses'],
    ],
    [
      'a proxy that cuts the life of cookies',
      { shortensCookies: true },
      0,
      [
        'warning cookies: A proxy shortens its life to 7 days',
        'warning cookies: Chromium keeps `_cv_id` for 7 days instead of 400 days',
      ],
    ],
    [
      'a proxy that believes what a client says of its address',
      { trustsForwardedFor: true },
      1,
      [
        'problem address: The gateway trusts an `X-Forwarded-For` of the client',
        'Configure the first proxy to overwrite the header',
      ],
    ],
    [
      'a proxy that tells no address',
      { omitsAddress: true },
      0,
      ['warning address: The gateway detects a private address for this machine', 'configure the proxy to set `X-Forwarded-For`'],
    ],
    [
      'a proxy that believes what a client says of its country',
      { trustsCountryHeader: true },
      1,
      ['problem country: The gateway trusts a `cf-ipcountry` of the client'],
    ],
    [
      'a proxy that tells no country',
      { omitsCountry: true },
      1,
      ['problem country: `cf-ipcountry` is missing', 'unknown consent counts as denied for everyone'],
    ],
    [
      'a policy of the page that keeps the pixel away',
      { policy: "script-src 'none'" },
      1,
      ["problem pixel: The page's Content-Security-Policy blocks the pixel (script-src-elem). Add https://localhost:"],
    ],
    [
      'a policy of the page that keeps the events away',
      { policy: "connect-src 'none'" },
      1,
      ["problem events: The page's Content-Security-Policy blocks the events (connect-src). Add https://localhost:"],
    ],
    [
      'a proxy that does not lead to the pixel',
      { unroutedPaths: ['/p.js'] },
      1,
      ['/p.js has status 404. Check that the proxy forwards this path unchanged to the collector', '`collector.pixelPath`'],
    ],
    [
      'a proxy that leads to the pixel alone',
      { unroutedPaths: ['/e'] },
      1,
      ['/e has status 404: the proxy forwards only the pixel', 'Configure it to forward POST to `e`'],
    ],
    ['a slow proxy', { delayMs: 1_600 }, 0, ['warning pixel: The pixel takes ', 'Check the network, the proxy and the machine']],
    [
      'a proxy that changes the type of the pixel',
      { contentType: 'text/plain' },
      1,
      ['problem pixel: The pixel has the type text/plain', 'Configure the proxy to keep the Content-Type'],
    ],
    ['a page without the snippet', { snippet: '' }, 1, ['problem pixel: The page loads no script with a write key']],
    [
      'a page with a key of no site',
      { key: 'wk_stranger_1' },
      1,
      ['problem pixel: localhost:', '/p.js rejects the write key of the page. Put wk_test_0123 into the snippet'],
    ],
  ];
  it.concurrent.each(cases)('names %s', async (_, spoils, code, remedies) => {
    const answer = await checkSpoiled(spoils, { consent: 'granted' });
    for (const remedy of remedies) expect(getOutput(answer)).toContain(remedy);
    expect(answer).toMatchObject({ code, stderr: '' });
  });

  it('names a certificate for another name, as the browser refuses it too', async () => {
    const answer = await check(await open({}, await authority.sign(['data.shop.example'], inAYear())));
    expect(getOutput(answer)).toContain(
      'problem certificate: localhost: the certificate is for other names (DNS:data.shop.example)',
    );
    expect(getOutput(answer)).toContain('problem page: Chromium cannot open the page (net::ERR_CERT_');
    expect(answer.code).toBe(1);
  });

  it('names a certificate that ended, and one that soon will', async () => {
    const ended = await check(await open({}, await authority.sign(['localhost'], new Date(Date.now() - 86_400_000))));
    expect(getOutput(ended)).toMatch(/problem certificate: localhost: the certificate expired on 20\d\d-\d\d-\d\d\. Renew it/);
    const ending = await check(await open({}, await authority.sign(['localhost'], new Date(Date.now() + 3.5 * 86_400_000))));
    expect(getOutput(ending)).toMatch(
      /warning certificate: localhost: valid until .*, 3 days from now\. Check that its renewal runs/,
    );
    expect(ending.code).toBe(0);
  });

  it('names a collector of another site than the page', async () => {
    const signed = await authority.sign(['localhost', '127.0.0.1'], inAYear());
    const { port } = new URL(await open({}, signed));
    const answer = await check(await open({ snippet: `https://127.0.0.1:${port}/p.js` }, signed), '--consent', 'granted');
    const text = getOutput(answer);
    expect(text).toContain('problem name: 127.0.0.1 resolves to 127.0.0.1: another site (127.0.0.1) than the page (localhost)');
    expect(text).toContain('problem cookies: Chromium keeps no `_cv_id`, so every page view has a new visitor');
    expect(text).toContain('Serve the collector at a subdomain of localhost, or under a path of localhost');
    expect(answer.code).toBe(1);
  });

  describe('the check of a collector on a subdomain', () => {
    const rules = '--host-resolver-rules=MAP shop.example 127.0.0.1,MAP data.shop.example 127.0.0.1';
    const { lookup } = dns;
    const { lookup: lookupAsync } = dns.promises;
    const getAddress = (name: unknown) => (String(name).endsWith('shop.example') ? '127.0.0.1' : name);
    /** Makes Node.js resolve the same: public DNS has neither name. */
    const replaceLookups = () => {
      const replace = (target: object, original: (...args: never[]) => unknown) =>
        Reflect.set(target, 'lookup', (name: unknown, ...rest: unknown[]) =>
          Reflect.apply(original, target, [getAddress(name), ...rest]),
        );
      replace(dns, lookup);
      replace(dns.promises, lookupAsync);
      syncBuiltinESMExports();
    };
    const restoreLookups = () => {
      Object.assign(dns, { lookup });
      Object.assign(dns.promises, { lookup: lookupAsync });
      syncBuiltinESMExports();
    };
    let browser: string;
    let signed: SignedCertificate;

    beforeAll(async () => {
      signed = await authority.sign(['shop.example', 'data.shop.example'], inAYear());
      browser = join(folder.dir, 'chromium');
      const script = `#!/bin/sh\nexec '${await chromium.executablePath()}' '${rules}' "$@"\n`;
      writeFileSync(browser, script, { mode: 0o755 });
    });

    const checkApart = async (spoils: ProxyFaults): Promise<CommandResult> => {
      const { port } = new URL(await open(spoils, signed));
      const shop = new URL(await open({ snippet: `https://data.shop.example:${port}/p.js` }, signed));
      replaceLookups();
      try {
        return await checkShared(config, `https://shop.example:${shop.port}/`, { consent: 'granted', browser });
      } finally {
        restoreLookups();
      }
    };

    it('finds no problem in a correct setup', async () => {
      const answer = await checkApart({});
      const text = getOutput(answer);
      expect(text).toContain('ok name: data.shop.example resolves to 127.0.0.1: the same site as the page');
      expect(text).toContain(
        "ok safari: Safari keeps the cookies for their full life: the collector's address is in the page's network",
      );
      expect(text).toContain('for 400 days, for shop.example and its subdomains, HttpOnly, Secure, SameSite=Lax');
      expect(answer.stdout).not.toMatch(shopFinding);
      expect(answer).toMatchObject({ code: 0, stderr: '' });
    });

    it('names a proxy that asks the gateway by another name', async () => {
      const answer = await checkApart({ replacesHost: true });
      expect(getOutput(answer)).toContain(
        "warning cookies: The cookie belongs to data.shop.example only, so the shop's server does not receive it",
      );
      expect(answer.code).toBe(0);
    });

    it('names a proxy that adds CORS headers itself', async () => {
      const answer = await checkApart({ allowsOrigin: '*' });
      expect(getOutput(answer)).toMatch(/problem events: The browser gets no readable response from data\.shop\.example:\d+\/e/);
      expect(getOutput(answer)).toContain('keep the `Access-Control-` headers of the response');
      expect(answer.code).toBe(1);
    });
  });

  it('checks the rest without a running gateway, and lists the skipped checks', async () => {
    const other = makeFolder();
    try {
      const file = other.writeConfig(platform.url, { site: { domains: ['localhost'] } });
      const answer = await checkShared(file, await open(), { consent: 'granted' });
      expect(getOutput(answer)).toContain('warning address: The address that the gateway detects is unknown');
      expect(getOutput(answer)).toContain('keeps `_cv_id` for 400 days');
      expect(answer.code).toBe(0);
    } finally {
      other.remove();
    }
  });

  it.each([
    [['--live', 'http://localhost/', '--page', 'http://localhost/'], 'error: --page and --live cannot be combined'],
    [['--consent', 'granted'], 'error: --consent and --browser need --live'],
    [['--live', 'http://localhost/', '--consent', 'yes'], 'error: The value of --consent is not valid'],
    [['--live', 'ftp://localhost/'], 'error: The URL of --live is not valid'],
    [['--live', 'https://other.example/'], 'error: No site has the host other.example'],
  ])('refuses %j', async (options, message) => {
    const answer = await convey('check', '--config', config, ...options);
    expect(answer.stderr).toContain(message);
    expect(answer).toMatchObject({ code: 1, stdout: '' });
  });

  it('explains how to get a browser if there is none', async () => {
    const missingBrowser = await check(await open(), '--browser', '/nowhere/chromium');
    expect(missingBrowser.stderr).toMatch(/^error: Chromium does not start: .*npm install playwright-core @sparticuz\/chromium/);
    expect(missingBrowser).toMatchObject({ code: 1, stdout: '' });

    const hidden = `import { registerHooks } from 'node:module'; registerHooks({ resolve(name, context, next) { if (name !== 'playwright-core') return next(name, context); throw Object.assign(new Error('gone'), { code: 'ERR_MODULE_NOT_FOUND' }); } });`;
    process.env.NODE_OPTIONS = `--import data:text/javascript,${encodeURIComponent(hidden)}`;
    const bare = await checkAlone(await open());
    delete process.env.NODE_OPTIONS;
    expect(bare.stderr).toMatch(
      /^error: --live needs playwright-core, which is not installed\. Run `npm install playwright-core/,
    );
    expect(bare.code).toBe(1);
  });
});
