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
  { site, origin, revision, problem, made, lostSecrets, connections }: SiteEntry,
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
  const fileSecrets = webhooks.secrets.map((_, index) => ({ id: `file-${index + 1}` }));
  const madeSecrets = (made?.webhookSecrets ?? []).map((secret) => ({
    id: secret.id,
    createdAt: secret.createdAt,
    ...(lostSecrets.includes(secret.id) && { problem: secretLost }),
  }));
  const pixel = parts.pixelOf(site);
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
    webhooks: {
      ...(platform !== 'custom' && { url: hookOf(site, pixel.url), isGuess: pixel.isGuess }),
      secrets: ofFile ? fileSecrets : madeSecrets,
      purchaseOn: webhooks.purchaseOn,
    },
    accuracy,
    pixel,
    connections: connections.map((one) => connectionSettingsView(one, parts)),
  };
}

const secretLost =
  'The key that this secret was encrypted with is missing, or the secret was damaged. Put the key back and start Convey again, or remove the secret and enter it again.';

/** The collector's address is the pixel's. */
function hookOf({ id, platform }: Site, pixelUrl: string): string {
  return `${new URL(pixelUrl).origin}/hooks/${platform}/${id}`;
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
