import type { Config } from '../config/config.ts';
import type { CountryTable } from '../country/country-table.ts';
import type { Sender } from '../delivery/sending/http-sender.ts';
import { probeCredential } from '../delivery/sending/probe-connection.ts';
import { destinations } from '../destinations/destinations.ts';
import type { BoundDestination } from '../destinations/kit/destination.ts';
import type { Finding } from '../doctor/finding.ts';
import { adviseAddress } from '../doctor/gateway-address.ts';
import { errorMessage } from '../errors.ts';
import { countryRemedy, describeCountrySources, describeOldTables } from '../event/country-settings.ts';
import { hasSignedSender } from '../event/hook.ts';
import { explainLeftOutPurchases } from '../event/own-orders.ts';
import type { Connection, Site } from '../event/site.ts';
import type { UnixMs } from '../event/units.ts';
import { explainUnsignedHooks } from '../hooks/sources.ts';
import { listShopOnlyRules } from '../rules/shop-only-rules.ts';
import type { SiteEntry } from '../sites/merge-sites.ts';
import { explainImplicitGrant } from '../sites/missing-country.ts';
import { openCountryTables } from './country-tables.ts';

const maxClockSkewMs = 300_000;

/** Reports the problems of sites and connections that cannot run. */
export function* checkEntries(entries: readonly SiteEntry[]): Generator<Finding> {
  for (const { site, origin, runs, problem, connections } of entries) {
    if (problem !== undefined) {
      const isIgnored = origin === 'dashboard' && runs; // Stored values are ignored, and the site runs.
      yield { level: isIgnored ? 'warning' : 'problem', subject: site.id, says: problem };
    }
    for (const one of connections)
      if (one.isSimulated) {
        const says = "The connection sends to the gateway's own simulator, not to the platform";
        yield { level: 'warning', subject: `${site.id}/${one.id}`, says };
      } else if (one.problem !== undefined) yield { level: 'problem', subject: `${site.id}/${one.id}`, says: one.problem };
  }
}

/** Reports the sources of a visitor's country, and warns if a consent policy depends on it and there is none. */
export function* checkCountry(
  config: Pick<Config, 'collector' | 'country'>,
  sites: readonly Pick<Site, 'id' | 'consent'>[],
  now: UnixMs,
): Generator<Finding> {
  let tables: readonly CountryTable[];
  try {
    tables = openCountryTables(config);
  } catch (error) {
    yield { level: 'problem', subject: 'country', says: errorMessage(error) };
    return;
  }
  const sources = describeCountrySources(config, tables);
  const old = describeOldTables(config, tables, now);
  if (sources !== undefined) yield { level: 'ok', subject: 'country', says: sources };
  if (old !== undefined) yield { level: 'warning', subject: 'country', says: old };
  const regional = sites.filter(({ consent }) => consent.policy === 'regional').map(({ id }) => id);
  if (sources !== undefined || regional.length === 0) return;
  yield {
    level: 'warning',
    subject: 'collector.countryHeader',
    says: `The country of browsers is unknown, so unknown consent counts as denied for everyone at ${regional.join(', ')}. ${countryRemedy}`,
  };
}

/** Warns of an address of the gateway that blockers match, or that is on another site than the shop. */
export function* checkAddress(
  collector: Pick<Config['collector'], 'publicUrl' | 'pixelPath'>,
  site: Pick<Site, 'id' | 'domains' | 'publicUrl'>,
): Generator<Finding> {
  const address = site.publicUrl ?? collector.publicUrl;
  if (address === undefined) return;
  for (const { level, says } of adviseAddress(new URL(`${address}${collector.pixelPath}`), site.domains))
    yield { level, subject: `${site.id}/publicUrl`, says };
}

/** Warns of settings with which a site loses events. */
export function* checkSite(site: Site): Generator<Finding> {
  const { id, platform, secretKeyHashes } = site;
  if (secretKeyHashes.length === 0)
    yield { level: 'warning', subject: id, says: 'The site has no `secretKeys`, so servers cannot send events' };
  if (platform !== 'custom' && !hasSignedSender(site))
    yield {
      level: 'warning',
      subject: id,
      says: 'The shop sends no webhooks, so a purchase that its pages do not report is lost. Set up webhooks in the shop, and add their signing secret to `webhooks.secrets`',
    };
  const unsigned = explainUnsignedHooks(site);
  if (unsigned !== undefined) yield { level: 'warning', subject: `${id}/hooks`, says: unsigned };
  const grant = explainImplicitGrant(site);
  if (grant !== undefined) yield { level: 'warning', subject: `${id}/consent.missingCountry`, says: grant };
  const leftOut = explainLeftOutPurchases(site);
  if (leftOut?.isChosen) yield { level: 'warning', subject: `${id}/capture.dataLayer`, says: leftOut.says };
  for (const { connection, rule, says } of listShopOnlyRules(site))
    yield { level: 'warning', subject: [id, connection, 'rules', rule].filter((part) => part !== undefined).join('/'), says };
  yield* checkPlatforms(site);
}

/** Warns of settings that do not fit the connections to a platform. */
function* checkPlatforms(site: Site): Generator<Finding> {
  for (const { id, setup } of destinations) {
    const connections = site.connections.filter(({ destination }) => destination === id);
    // A site's tag without any connection to its platform is worth the warning, too.
    for (const { subject, says } of setup?.checkSite?.(site, connections) ?? [])
      yield { level: 'warning', subject: `${site.id}/${subject}`, says };
  }
}

/** Probes the credential of each enabled connection, and compares this machine's clock with the platform's. */
export async function* checkConnections(
  site: Site,
  platforms: ReadonlyMap<Connection, BoundDestination>,
  sender: Sender,
): AsyncGenerator<Finding> {
  for (const connection of site.connections) {
    const subject = `${site.id}/${connection.id}`;
    if (!connection.enabled) yield { level: 'warning', subject, says: 'The connection is disabled, so nothing is sent' };
    else {
      const platform = platforms.get(connection);
      if (platform) yield* checkConnection(subject, platform, sender);
    }
  }
}

async function* checkConnection(subject: string, platform: BoundDestination, sender: Sender): AsyncGenerator<Finding> {
  const { ok, says, date } = await probeCredential(platform, sender, Date.now);
  yield { level: ok ? 'ok' : 'problem', subject, says };
  if (date === undefined) return;
  const skewMs = Math.abs(Date.parse(date) - Date.now());
  if (skewMs > maxClockSkewMs) {
    yield {
      level: 'problem',
      subject: 'clock',
      says: `This machine's clock is ${Math.round(skewMs / 60_000)} minutes off the platform's. Set it by NTP, because event times are checked against it`,
    };
  } else if (!Number.isNaN(skewMs))
    yield { level: 'ok', subject: 'clock', says: `Within ${Math.ceil(skewMs / 1_000)} s of the platform's` };
}
