import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSteppedClock } from '../../clock/stepped-clock.ts';
import { readConfig } from '../../config/config.ts';
import { ConveyError } from '../../errors.ts';
import { dayMs, hourMs } from '../../event/units.ts';
import { type Gateway, startGateway } from '../../gateway/start-gateway.ts';
import { createLogger } from '../../logger.ts';
import { type DemoShop, startDemoShop } from '../../simulators/demo-shop/demo-shop.ts';
import { type SideBySide, startSideBySide } from '../../simulators/side-by-side/side-by-side.ts';
import { simulators } from '../../simulators/simulators.ts';
import { version } from '../cli-context.ts';
import { currentTerminal } from '../terminal.ts';
import { playDay } from './play-day.ts';
import { post } from './post.ts';
import { getOrderWebhook, shopSite } from './shop-site.ts';

export interface Demo {
  readonly gateway: Gateway;
  /** The simulators of all platforms, at one address. */
  readonly platforms: SideBySide;
  readonly storefront: DemoShop;
  readonly configFile: string;
  stop(): Promise<void>;
}

/**
 * Starts the demo. If a step fails, stops the steps before it, so that neither process nor folder remains.
 * @param withTraffic whether a day of simulated traffic comes first.
 */
export async function startDemo(withTraffic: boolean): Promise<Demo> {
  const dataDir = mkdtempSync(join(tmpdir(), 'convey-demo-'));
  const undo: (() => Promise<void> | void)[] = [() => rmSync(dataDir, { recursive: true, force: true })];
  const stop = async () => {
    for (const step of undo.toReversed()) await step();
  };
  try {
    const until = Date.now();
    const clock = withTraffic ? createSteppedClock(until - dayMs - hourMs) : undefined;
    const platforms = await startSideBySide(simulators, {
      port: await freePort(9090),
      values: Object.fromEntries(simulators.map(({ id, demo }) => [id, demo.options])),
      ...(clock && { now: clock.now }),
    });
    undo.push(() => platforms.close());
    const file = JSON.stringify(demoConfig(dataDir, await freePort(8080), await freePort(8081), platforms.url), null, 2);
    const configFile = join(dataDir, 'convey.json');
    writeFileSync(configFile, file);
    const read = readConfig(file, {}, dataDir);
    if ('problems' in read)
      throw new ConveyError(
        `The demo's own config is not valid: ${read.problems.map(({ path, message }) => `${path}: ${message}`).join(' ')}`,
        'Set TMPDIR to a folder with a short path. If the error persists, please report it',
      );
    const gateway = await startGateway(read.config, {
      version,
      logger: createLogger('error', currentTerminal().stderr),
      demoAccount: 'demo',
      ...(clock && { clock }),
    });
    undo.push(() => gateway.stop(0));
    const storefront = await startDemoShop({
      port: await freePort(8082),
      pixel: `${gateway.url}/p.js?k=${shopSite.writeKey}`,
      tagOrigin: platforms.url,
      webhook: getOrderWebhook(gateway.url),
      landing: `/?${simulators.flatMap(({ demo }) => demo.clickParameter ?? []).join('&')}`,
    });
    undo.push(() => storefront.close());
    if (clock) {
      const setFault = async (platform: number, fault: object) => {
        await post(`${platforms.url}/${simulators[platform]?.id}/faults`, { 'content-type': 'application/json' }, fault);
      };
      await playDay({ clock, until, collector: gateway.url, platforms: platforms.url, shop: storefront.url, setFault });
      clock.release();
    }
    return { gateway, platforms, storefront, configFile, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function demoConfig(dataDir: string, port: number, dashboardPort: number, origin: string) {
  const { id, writeKey, secretKey, webhookSecret, countryHeader } = shopSite;
  const site = {
    id,
    name: 'Demo shop',
    domains: ['127.0.0.1', 'localhost'],
    platform: 'woocommerce',
    writeKey,
    secretKeys: [secretKey],
    webhooks: { secrets: [webhookSecret] },
    consent: { policy: 'regional', missingCountry: 'unknown' },
    defaultCountry: 'US',
    defaultCurrency: 'USD',
    tags: Object.fromEntries(simulators.flatMap(({ id, demo }) => (demo.tag ? [[id, demo.tag(origin)]] : []))),
    // Page and webhook report a purchase within a second, and the shopper at the demo shop must not wait.
    purchaseHoldSeconds: 3,
    connections: simulators.map(({ id, demo }) => ({ id, destination: id, settings: demo.settings(origin) })),
  };
  return {
    dataDir,
    collector: { host: '127.0.0.1', port, trustedProxies: ['127.0.0.1'], countryHeader },
    dashboard: { host: '127.0.0.1', port: dashboardPort },
    allowPrivateDestinations: true,
    endpoints: Object.fromEntries(simulators.map(({ id, demo }) => [id, demo.settings(origin).endpoint ?? origin])),
    platformAccounts: Object.fromEntries(
      simulators.flatMap(({ id, demo }) => (demo.account ? [[id, demo.account(origin)]] : [])),
    ),
    sites: [site],
  };
}

/** Returns the preferred port if it is free, else 0 for any free port. */
async function freePort(preferred: number): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(0));
    server.listen(preferred, '127.0.0.1', () => server.close(() => resolve(preferred)));
  });
}
