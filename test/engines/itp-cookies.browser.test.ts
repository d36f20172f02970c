import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { eventually, type Folder, makeFolder } from '../gateway.fixture.ts';
import { createAuthority, type HttpsShop, startHttpsShop } from '../https-shop.fixture.ts';
import { type PacedGateway, startPacedGateway } from '../paced-gateway.fixture.ts';
import { engine, programs } from './engine.ts';
import { getScreen } from './webkit/web-driver.ts';

/**
 * The lifetimes of cookies in a WebKit that prevents tracking as Safari does. Under WebDriver, ITP has no effect on cookies, so the browser
 * runs without it.
 */

const dayMs = 86_400_000;
const domain = 'shop.localhost';
const rowsSchema = z.array(z.object({ name: z.string(), expiry: z.number() }));

let folder: Folder;
let gateway: PacedGateway;
let shop: HttpsShop;

/** Opens the shop in a new profile until it has three cookies. Returns the days for which each is kept. */
async function readLifetimes(flags: readonly string[]): Promise<Record<string, number>> {
  const profile = makeFolder();
  const file = join(profile.dir, 'cookies.sqlite');
  const address = `${shop.url.replace('localhost', `www.${domain}`)}?msclkid=dd4afcccb1c94a4cad9544dd7e5006ab`;
  const own = [`--profile-dir=${profile.dir}`, `--cookies-file=${file}`, '--ignore-tls-errors', ...flags];
  const env = { ...process.env, DISPLAY: await getScreen(), LIBGL_ALWAYS_SOFTWARE: '1' };
  const browser = spawn(programs.miniBrowser, [...own, address], { env, stdio: 'ignore' });
  const read = () => {
    if (!existsSync(file)) return [];
    const database = new Database(file, { readonly: true });
    try {
      return rowsSchema.parse(database.prepare('SELECT name, expiry FROM moz_cookies').all());
    } catch {
      return [];
    } finally {
      database.close();
    }
  };
  try {
    expect(await eventually(() => read().length === 3, 40_000), JSON.stringify(read())).toBe(true);
    return Object.fromEntries(read().map(({ name, expiry }) => [name, Math.round((expiry * 1_000 - Date.now()) / dayMs)]));
  } finally {
    const ended = once(browser, 'exit');
    browser.kill();
    await ended;
    profile.remove();
  }
}

describe.skipIf(engine !== 'webkit')('the cookies of a shop whose path leads to the gateway', () => {
  beforeAll(async () => {
    folder = makeFolder();
    const site = { domains: [domain], consent: { policy: 'granted' } };
    gateway = await startPacedGateway(folder.writeConfig('http://127.0.0.1:9', { site }), createPacedClock());
    const signed = await (await createAuthority()).sign([`www.${domain}`], new Date(Date.now() + 365 * dayMs));
    const pageScript = `document.cookie = 'own=1; Secure; Max-Age=${400 * 86_400}'`;
    shop = await startHttpsShop(gateway.url, signed, { pageScript });
  });
  afterAll(async () => {
    await shop.close();
    await gateway.stop();
    folder.remove();
  });

  it('are kept for a year and 90 days without ITP, as those of scripts', async () => {
    expect(await readLifetimes([])).toEqual({ own: 365, _cv_id: 365, _cv_click: 90 });
  });

  it('outlive those of scripts with ITP, which end after a week', async () => {
    expect(await readLifetimes(['--enable-itp'])).toEqual({ own: 7, _cv_id: 365, _cv_click: 90 });
  });
});
