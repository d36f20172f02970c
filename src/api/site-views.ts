import type { Connection, Site } from '../event/site.ts';
import type { ConnectionEntry, SiteEntry } from '../sites/compose.ts';
import type { ConnectionSettingsView, SiteSettingsView } from './site-answers.ts';

/** Where browsers find the pixel of a site, and whether that is a guess. */
export type PixelOf = (site: Site) => SiteSettingsView['pixel'];

export interface SiteViewParts {
  readonly pixelOf: PixelOf;
  /** Whether the connection's events reach a real platform, not a simulator. */
  readonly isLive: (connection: Connection) => boolean;
}

/** A site as it is set, without a secret. */
export function siteView(
  { site, origin, revision, problem, made, connections }: SiteEntry,
  parts: SiteViewParts,
): SiteSettingsView {
  const {
    id,
    name,
    domains,
    platform,
    writeKey,
    consent,
    defaultCountry,
    defaultCurrency,
    bots,
    uet,
    purchaseHoldSeconds,
    webhooks,
    accuracy,
  } = site;
  const ofFile = origin === 'file';
  const fileKeys = site.secretKeyHashes.map((_, index) => ({ id: `file-${index + 1}` }));
  return {
    id,
    name,
    origin,
    revision,
    ...(problem !== undefined && { problem }),
    domains,
    platform,
    writeKey,
    oldWriteKeys: ofFile ? [] : (made?.oldWriteKeys ?? []),
    secretKeys: ofFile ? fileKeys : (made?.secretKeys ?? []).map((key) => ({ id: key.id, createdAt: key.createdAt })),
    consent,
    ...(defaultCountry !== undefined && { defaultCountry }),
    ...(defaultCurrency !== undefined && { defaultCurrency }),
    bots,
    uet,
    purchaseHoldSeconds,
    webhooks: { ...webhooks, secrets: webhooks.secrets.length },
    accuracy,
    pixel: parts.pixelOf(site),
    connections: connections.map((one) => connectionSettingsView(one, parts)),
  };
}

function connectionSettingsView(entry: ConnectionEntry, { isLive }: SiteViewParts): ConnectionSettingsView {
  const { connection, id, destination, origin, enabled, settings, secrets, problem } = entry;
  return {
    id,
    destination,
    origin,
    enabled,
    settings,
    secrets,
    isLive: connection !== undefined && isLive(connection),
    ...(problem !== undefined && { problem }),
  };
}
