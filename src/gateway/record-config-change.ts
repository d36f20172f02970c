import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { ActivityRecorder } from '../activity/activity-recorder.ts';
import { toCanonicalJson } from '../activity/canonical-json.ts';
import { listChangedPaths, listLeaves, toChangedMembers } from '../activity/changed-paths.ts';
import type { Config } from '../config/config.ts';

/** The file with the digests of the config of the last start. */
const fileName = 'config.digests';
const storedSchema = z.object({ leaves: z.record(z.string(), z.string()) });

/**
 * Compares the config with that of the last start in this data folder, and records the changed paths: one entry for each site, and one for the
 * rest. The first start has nothing to compare with. The file has digests of values only, and secrets are left out.
 */
export async function recordConfigChange(config: Config, recorder: Pick<ActivityRecorder, 'record'>): Promise<void> {
  const file = join(config.dataDir, fileName);
  const leaves = new Map([...listLeaves(withoutSecrets(config))].map(([path, text]) => [path, digest(text)]));
  const before = readStored(file);
  const changed = before ? listChangedPaths(before, leaves) : [];
  if (before && changed.length === 0) return;
  const whole = digest(toCanonicalJson(Object.fromEntries(leaves)));
  for (const [site, paths] of Map.groupBy(changed, findSite))
    await recorder.record({
      kind: 'config-changed',
      actor: 'file',
      ...(site !== undefined && { site }),
      digest: whole,
      ...toChangedMembers(paths),
    });
  writeFileSync(`${file}.new`, JSON.stringify({ leaves: Object.fromEntries(leaves) }), { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);

function findSite(path: string): string | undefined {
  return /^sites\[([^\]]+)\]/.exec(path)?.[1];
}

function readStored(file: string): ReadonlyMap<string, string> | undefined {
  try {
    return new Map(Object.entries(storedSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).leaves));
  } catch {
    // There is no file, or an interrupted start left a part of it.
    return undefined;
  }
}

/** Members with a name like these are secrets, or may be. */
const secretName = /secret|token|password|credential|key|hash|serviceaccount/i;

/** Returns the config without secrets, credentials and keys, and without addresses of people. */
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
