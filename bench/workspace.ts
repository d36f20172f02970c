import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { type Config, readConfig } from '../src/config/config.ts';
import { simulators } from '../src/simulators/simulators.ts';
import { benchHook, hookSecrets, stripeHook } from './hooks.ts';

export const siteId = 'shop';
export const connectionId = 'bing';
const secretKey = 'sk_bench_0123456789abcdef';
/** PostgreSQL requires it. */
const secretsKey = '0'.repeat(64);

/** A gateway's data folder and the endpoint of its connections: one to Microsoft, or one to each platform with the demo's settings. */
export const workspaceSchema = z.object({
  dataDir: z.string(),
  endpoint: z.string(),
  enabled: z.boolean(),
  platforms: z.enum(['one', 'all']).exactOptional(),
  /** The number of sites. Each has its own keys and connections. */
  sites: z.int().exactOptional(),
  /** The number of threads that accept events. Absent: the default. */
  threads: z.int().exactOptional(),
  /** The URL of a PostgreSQL database. Absent: SQLite. */
  store: z.string().exactOptional(),
  /** Whether sites accept webhooks. */
  webhooks: z.boolean().exactOptional(),
});

export type Workspace = z.output<typeof workspaceSchema>;

/** The only platform of a workspace that does not name all. From the list, because a base that is compared may name its modules differently. */
const measuredPlatform = 'microsoft';

/** Google's quota of requests, which its simulator has too, would otherwise decide the time. */
const measuredSettings: Readonly<Record<string, object>> = { 'google-ads': { requests: 'shared' } };

/** Returns the ids of the first sites. */
export function listSiteIds(sites: number): readonly string[] {
  return Array.from({ length: sites }, (_, index) => siteId + toSuffix(index));
}

/** Returns the secret keys of the first sites. */
export function listSecretKeys(sites: number): readonly string[] {
  return Array.from({ length: sites }, (_, index) => secretKey + toSuffix(index));
}

/** Returns the config of one shop, or of several that differ in their keys only. Throws if the config is invalid. */
export function shopConfig({ dataDir, endpoint, enabled, platforms, sites = 1, threads, store, webhooks }: Workspace): Config {
  const file = {
    dataDir,
    ...(store !== undefined && { store }),
    collector: {
      host: '127.0.0.1',
      port: 0,
      perSecretKey: { perSecond: 100_000, burst: 1_000_000 },
      ...(threads !== undefined && { threads }),
    },
    dashboard: { port: 0 },
    allowPrivateDestinations: true,
    sites: listSecretKeys(sites).map((key, index) => ({
      id: siteId + toSuffix(index),
      domains: [`shop${toSuffix(index)}.example`],
      writeKey: `wk_bench_0123456789${toSuffix(index)}`,
      secretKeys: [key],
      defaultCountry: 'US',
      defaultCurrency: 'USD',
      ...(webhooks === true && { webhooks: { secrets: [hookSecrets.shopify] }, hooks: [stripeHook, benchHook] }),
      connections:
        platforms === 'all'
          ? simulators.map(({ id, demo }) => {
              const settings = { ...demo.settings(endpoint), ...measuredSettings[id] };
              return { id, destination: id, enabled, settings };
            })
          : simulators
              .filter(({ id }) => id === measuredPlatform)
              .map(({ id, demo }) => ({ id: connectionId, destination: id, enabled, settings: demo.settings(endpoint) })),
    })),
  };
  const read = readConfig(JSON.stringify(file), { CONVEY_SECRETS_KEY: secretsKey }, dataDir);
  if ('problems' in read)
    throw new Error(
      `The benchmark's config is invalid: ${read.problems.map(({ path, message }) => `${path}: ${message}`).join(' ')}`,
    );
  return read.config;
}

/** The first site has none. */
function toSuffix(index: number): string {
  return index === 0 ? '' : `-${index}`;
}

/** Runs `work` with a temporary folder in `TMPDIR` and removes it afterwards. */
export async function withTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'convey-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
