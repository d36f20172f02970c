import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { type Config, readConfig } from '../src/config/config.ts';

export const siteId = 'shop';
export const connectionId = 'bing';
export const secretKey = 'sk_bench_0123456789abcdef';

/** Where a gateway keeps its data, and where its one connection leads. */
export const placeSchema = z.object({ dataDir: z.string(), endpoint: z.string(), enabled: z.boolean() });

export type Place = z.output<typeof placeSchema>;

/** One shop with one connection. @throws when the config reader refuses it. */
export function shopConfig({ dataDir, endpoint, enabled }: Place): Config {
  const file = {
    dataDir,
    collector: { host: '127.0.0.1', port: 0, perSecretKey: { perSecond: 100_000, burst: 1_000_000 } },
    dashboard: { port: 0 },
    allowPrivateDestinations: true,
    sites: [
      {
        id: siteId,
        domains: ['shop.example'],
        writeKey: 'wk_bench_0123456789',
        secretKeys: [secretKey],
        defaultCountry: 'US',
        defaultCurrency: 'USD',
        connections: [
          { id: connectionId, destination: 'microsoft', enabled, settings: { tagId: '187012345', token: 'bench', endpoint } },
        ],
      },
    ],
  };
  const read = readConfig(JSON.stringify(file), {}, dataDir);
  if ('problems' in read)
    throw new Error(
      `The benchmark's config is wrong: ${read.problems.map(({ path, message }) => `${path}: ${message}`).join(' ')}`,
    );
  return read.config;
}

/** Runs `work` with a folder on the disk that `TMPDIR` names, and removes it afterwards. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'convey-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
