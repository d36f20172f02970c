import { z } from 'zod';
import { isSha256, type Sha256 } from '../../../event/event.ts';
import { segmentKeyKinds } from '../../../event/segment-settings.ts';
import type { DashboardConnection, DashboardSite, StoredConfig } from '../../ports/dashboard-sites.ts';

const sha256Schema = z.custom<Sha256>((input) => typeof input === 'string' && isSha256(input));
const keysSchema = z.lazy(() =>
  z.object({
    secretKeys: z.array(z.object({ id: z.string(), hash: sha256Schema, createdAt: z.number() })).readonly(),
    oldWriteKeys: z.array(z.object({ key: z.string(), retiredAt: z.number() })).readonly(),
    segmentKeys: z
      .array(
        z.object({
          id: z.string(),
          kind: z.enum(segmentKeyKinds),
          hash: sha256Schema,
          key: z.string().exactOptional(),
          createdAt: z.number(),
        }),
      )
      .readonly()
      .exactOptional(),
    /** Absent if an earlier version saved the site. */
    webhookSecrets: z
      .array(z.object({ id: z.string(), sealed: z.string(), createdAt: z.number() }))
      .readonly()
      .default([]),
    /** Absent if the site has no hook with a secret. */
    hookSecrets: z
      .array(z.object({ id: z.string(), hook: z.string(), sealed: z.string(), createdAt: z.number() }))
      .readonly()
      .exactOptional(),
  }),
);
const secretsSchema = z.record(z.string(), z.string());
const configSchema = z.record(z.string(), z.json());

/** All columns but the id are JSON. */
export interface DashboardSiteRow {
  readonly id: string;
  readonly config: string;
  readonly keys: string;
}

export function toDashboardSite({ id, config, keys }: DashboardSiteRow): DashboardSite {
  return { id, config: parseConfig(config), ...keysSchema.parse(JSON.parse(keys)) };
}

/** `config` and `secrets` are JSON. */
export interface DashboardConnectionRow {
  readonly site: string;
  readonly id: string;
  readonly config: string;
  readonly secrets: string;
}

export function toDashboardConnection({ site, id, config, secrets }: DashboardConnectionRow): DashboardConnection {
  return { site, id, config: parseConfig(config), secrets: secretsSchema.parse(JSON.parse(secrets)) };
}

function parseConfig(config: string): StoredConfig {
  return configSchema.parse(JSON.parse(config));
}
