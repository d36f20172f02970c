import { createHash, createHmac, randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { ActivityRecorder } from '../activity/activity-recorder.ts';
import { toCanonicalJson } from '../activity/canonical-json.ts';
import { listChangedPaths, listLeaves, toChangedMembers } from '../activity/changed-paths.ts';
import type { Config } from '../config/config.ts';

/** The file with the digests of the config of the last start. */
const fileName = 'config.digests';
/** A file without `key` is of an earlier version: its digests have no key, and secrets are left out. */
const storedSchema = z.object({ key: z.string().exactOptional(), leaves: z.record(z.string(), z.string()) });

/**
 * Compares the config with that of the last start in this data folder, and records the changed paths: one entry for each site, and one for the
 * rest. The first start has nothing to compare with. The file has no values, only their digests under a random key, so that nobody without
 * the file can test guesses of values by the digest of an entry.
 */
export async function recordConfigChange(config: Config, recorder: Pick<ActivityRecorder, 'record'>): Promise<void> {
  const file = join(config.dataDir, fileName);
  const stored = readStored(file);
  const key = stored?.key ?? randomBytes(32).toString('hex');
  const digest = (text: string) => createHmac('sha256', key).update(text).digest('hex').slice(0, 16);
  const leaves = digestLeaves(describeConfig(config), digest);
  const isEarlier = stored !== undefined && stored.key === undefined;
  const before = new Map(Object.entries(stored?.leaves ?? {}));
  const compared = isEarlier ? digestLeaves(withoutSecrets(config), digestWithoutKey) : leaves;
  const changed = stored ? listChangedPaths(before, compared) : [];
  if (stored && !isEarlier && changed.length === 0) return;
  const whole = digest(toCanonicalJson(Object.fromEntries(leaves)));
  for (const [site, paths] of Map.groupBy(changed, findSite))
    await recorder.record({
      kind: 'config-changed',
      actor: 'file',
      ...(site !== undefined && { site }),
      digest: whole,
      ...toChangedMembers(paths),
    });
  writeFileSync(`${file}.new`, JSON.stringify({ key, leaves: Object.fromEntries(leaves) }), { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
}

const digestWithoutKey = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);

function digestLeaves(config: unknown, digest: (text: string) => string): ReadonlyMap<string, string> {
  return new Map([...listLeaves(config)].map(([path, text]) => [path, digest(text)]));
}

function findSite(path: string): string | undefined {
  return /^sites\[([^\]]+)\]/.exec(path)?.[1];
}

function readStored(file: string): z.output<typeof storedSchema> | undefined {
  try {
    return storedSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // There is no file, or an interrupted start left a part of it.
    return undefined;
  }
}

/** Members with a name like these are secrets, or may be. */
const secretName = /secret|token|password|credential|key|hash|serviceaccount/i;

/** Returns the config without what the process adds. The keys of the data folder have records of their own. */
function describeConfig({ secretsKeys: _, getPlatform: __, ...config }: Config): unknown {
  return { ...config, ...(config.store !== undefined && { database: describeDatabase(config.store) }) };
}

/** Returns the config as an earlier version compared it: without secrets, credentials and keys, and without addresses of people. */
function withoutSecrets({ store, secretsKeys: _, getPlatform: __, alerts, ...config }: Config): unknown {
  return redact({
    ...config,
    ...(store !== undefined && { database: describeDatabase(store) }),
    ...(alerts && { alerts: { ...alerts, channels: alerts.channels.map(({ id, type, sites }) => ({ id, type, sites })) } }),
  });
}

function redact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redact);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([name, member]) => !secretName.test(name) || typeof member === 'boolean');
  return Object.fromEntries(members.map(([name, member]) => [name, redact(member)]));
}

function describeDatabase(store: string): string {
  const url = URL.parse(store);
  return url ? `${url.hostname}:${url.port}${url.pathname}` : '';
}
