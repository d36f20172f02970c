import type { Config } from '../config/config.ts';
import type { Sender } from '../delivery/sending/http-sender.ts';
import { probeCredential } from '../delivery/sending/probe-connection.ts';
import type { BoundDestination } from '../destinations/kit/destination.ts';
import { microsoft } from '../destinations/microsoft/microsoft.ts';
import type { Finding } from '../doctor/finding.ts';
import type { Connection, Site } from '../event/site.ts';
import type { SiteEntry } from '../sites/merge-sites.ts';

const maxClockSkewMs = 300_000;

/** Reports the problems of sites and connections that cannot run. */
export function* checkEntries(entries: readonly SiteEntry[]): Generator<Finding> {
  for (const { site, origin, runs, problem, connections } of entries) {
    if (problem !== undefined) {
      const isIgnored = origin === 'dashboard' && runs; // Stored values are ignored, and the site runs.
      yield { level: isIgnored ? 'warning' : 'problem', subject: site.id, says: problem };
    }
    for (const one of connections)
      if (one.problem !== undefined) yield { level: 'problem', subject: `${site.id}/${one.id}`, says: one.problem };
  }
}

/** Warns if a consent policy depends on the visitor's country and the collector cannot determine it. */
export function* checkConsent({ collector }: Config, sites: readonly Site[]): Generator<Finding> {
  const regional = sites.filter(({ consent }) => consent.policy === 'regional').map(({ id }) => id);
  if (regional.length === 0 || (collector.countryHeader !== undefined && collector.trustedProxies.length > 0)) return;
  yield {
    level: 'warning',
    subject: 'collector.countryHeader',
    says: `The country of browsers is unknown, so unknown consent counts as denied for everyone at ${regional.join(', ')}. Set \`countryHeader\` to your proxy's country header, and list the proxy in \`trustedProxies\``,
  };
}

/** Warns of settings with which a site loses events. */
export function* checkSite(site: Site): Generator<Finding> {
  const { id, platform, secretKeyHashes, webhooks } = site;
  if (secretKeyHashes.length === 0)
    yield { level: 'warning', subject: id, says: 'The site has no `secretKeys`, so servers cannot send events' };
  if (platform !== 'custom' && webhooks.secrets.length === 0)
    yield {
      level: 'warning',
      subject: id,
      says: 'The shop sends no webhooks, so a purchase that its pages do not report is lost. Set up webhooks in the shop, and add their signing secret to `webhooks.secrets`',
    };
  yield* checkTag(site);
}

/** Warns of connections to other UET tags: the pixel works with one tag per page and cannot detect page views of other tags. */
function* checkTag({ id, tags, connections }: Site): Generator<Finding> {
  const uet = tags[microsoft.id];
  if (!uet || uet.mode === 'off') return;
  const toMicrosoft = connections.filter(({ destination }) => destination === microsoft.id);
  if (!toMicrosoft.some(({ settings }) => settings.tagId === uet.tagId)) {
    yield {
      level: 'warning',
      subject: `${id}/tags.microsoft`,
      says: "No connection sends to the tag `tags.microsoft.tagId`, so Microsoft cannot merge the tag's events with the server's. Set it to the `tagId` of a connection",
    };
  }
  for (const { id: connection, settings } of toMicrosoft) {
    if (settings.tagId === uet.tagId || settings.pageLoads !== 'auto') continue;
    yield {
      level: 'warning',
      subject: `${id}/${connection}`,
      says: "Its tag is not the site's `tags.microsoft.tagId`, so `pageLoads: auto` follows another tag. Set `pageLoads` to `always` if the tag is not on the pages, else to `never`",
    };
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
