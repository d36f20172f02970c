import { tag as microsoftTag } from '../../destinations/microsoft/tag.ts';
import { defaultCapture } from '../../event/capture-settings.ts';
import { defaultSegmentSettings } from '../../event/segment-settings.ts';
import type { Connection } from '../../event/site.ts';
import type { ConnectionEntry, SiteEntry } from '../../sites/merge-sites.ts';
import { explainImplicitGrant } from '../../sites/missing-country.ts';
import { listDistrustedKeys, listSegmentKeys } from '../../sites/site-trust.ts';
import type { CollectorUrlResolver } from './collector-url.ts';
import type { ConnectionSettingsView, SiteSettingsView } from './schemas.ts';

export interface SiteViewDeps {
  readonly getCollectorUrl: CollectorUrlResolver;
  readonly pixelPath: string;
  /** Returns the URL of the page of the gateway's own simulator. */
  readonly getSimulatorUrl: (destination: string) => string | undefined;
  /** Whether the connection's events reach a real platform, not a simulator. */
  readonly isLive: (connection: Connection) => boolean;
}

/** Returns the settings of a site, without secrets. */
export function siteView(entry: SiteEntry, deps: SiteViewDeps): SiteSettingsView {
  const { site, origin, revision, problem, stored, lostSecrets, connections } = entry;
  const {
    id,
    name,
    domains,
    platform,
    writeKey,
    consent,
    publicUrl,
    defaultCountry,
    defaultCurrency,
    timeZone,
    assignee,
    bots,
    tags,
    purchaseHoldSeconds,
    purchases,
    webhooks,
    accuracy,
    segment = defaultSegmentSettings,
    capture = defaultCapture,
  } = site;
  const { tagId, ...uet } = microsoftTag.settings.file.parse(tags.microsoft ?? {});
  const notice = explainImplicitGrant(site);
  const ofFile = origin === 'file';
  const fileSecrets = webhooks.secrets.map((_, index) => ({ id: `file-${index + 1}` }));
  const dashboardSecrets = (stored?.webhookSecrets ?? []).map((secret) => ({
    id: secret.id,
    createdAt: secret.createdAt,
    ...(lostSecrets.includes(secret.id) && { problem: secretLost }),
  }));
  const { url: collector, isGuess } = deps.getCollectorUrl(site);
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
    oldWriteKeys: ofFile ? [] : (stored?.oldWriteKeys ?? []),
    secretKeys: ofFile ? fileKeys : (stored?.secretKeys ?? []).map((key) => ({ id: key.id, createdAt: key.createdAt })),
    distrustedKeys: [...listDistrustedKeys(entry)],
    consent: {
      policy: consent.policy,
      missingCountry: consent.missingCountry ?? 'default-country',
      ...(notice !== undefined && { notice: `${notice}.` }),
    },
    ...(publicUrl !== undefined && { publicUrl }),
    ...(defaultCountry !== undefined && { defaultCountry }),
    ...(defaultCurrency !== undefined && { defaultCurrency }),
    timeZone,
    ...(assignee !== undefined && { assignee }),
    segment: {
      keys: listSegmentKeys(entry).map(({ hash: _, ...key }) => key),
      purchaseId: segment.purchaseId,
      adConsentCategories: [...segment.adConsentCategories],
    },
    capture,
    bots,
    tags,
    uet: { ...uet, ...(tagId !== undefined && { tagId }) },
    purchaseHoldSeconds,
    purchases,
    webhooks: {
      ...(platform !== 'custom' && { url: `${collector}/hooks/${platform}/${id}`, isGuess }),
      secrets: ofFile ? fileSecrets : dashboardSecrets,
      purchaseOn: webhooks.purchaseOn,
    },
    accuracy,
    pixel: { url: `${collector}${deps.pixelPath}?k=${writeKey}`, isGuess },
    connections: connections.map((one) => connectionSettingsView(one, deps)),
  };
}

const secretLost =
  'The encryption key of this secret is missing, or the secret is damaged. Restore the key and restart Convey, or delete the secret and add it again.';

function connectionSettingsView(entry: ConnectionEntry, { isLive, getSimulatorUrl }: SiteViewDeps): ConnectionSettingsView {
  const { connection, id, destination, origin, enabled, settings, secrets, problem } = entry;
  const isSimulated = entry.isSimulated === true;
  const simulatorUrl = isSimulated ? getSimulatorUrl(destination) : undefined;
  return {
    id,
    destination,
    origin,
    enabled,
    settings,
    secrets,
    isLive: connection === undefined ? !isSimulated : isLive(connection),
    ...(isSimulated && { isSimulated }),
    ...(simulatorUrl !== undefined && { simulatorUrl }),
    ...(problem !== undefined && { problem }),
  };
}
