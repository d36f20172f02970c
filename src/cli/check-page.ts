import { styleText } from 'node:util';
import type { SiteSettingsView } from '../api/client.ts';
import type { Config } from '../config/config.ts';
import { type ConsentAdvice, diagnoseConsent } from '../doctor/consent-doctor.ts';
import type { ConsentReport } from '../doctor/consent-report.ts';
import { fetchPage } from '../doctor/fetch-page.ts';
import { analyzePage } from '../doctor/page-report.ts';
import { ConveyError } from '../errors.ts';
import { formatPercent } from '../event/format-numbers.ts';
import type { Site } from '../event/site.ts';
import { findSiteByHost, loadConsentReport, loadSites } from '../gateway/read-data-folder.ts';
import { connectToGateway, version } from './cli-context.ts';
import { print } from './terminal.ts';
import { columns, sanitizeForTerminal, table, time, wrapText } from './terminal-output.ts';

/** How a finding of `convey check` begins, in a column of nine. */
export const marks = {
  ok: styleText('green', 'ok      '),
  warning: styleText('yellow', 'warning '),
  problem: styleText('red', 'problem '),
} as const;

/** How many of the site's newest records are looked at: the most that the API lists. */
const newest = 1_000;
const indent = ' '.repeat(9);

/**
 * The consent doctor: opens one page and the site's own records, and nothing else. Prints what it found; answers how many
 * problems that is.
 * @throws ConveyError where the address is none, or of no site.
 */
export async function checkPage(config: Config, address: string): Promise<number> {
  const url = readAddress('--page', address);
  const { site, sites } = await siteOfPage(config, url);
  const report = await loadConsentReport(
    config,
    site,
    newest,
    async () => (await connectToGateway(config)('GET /api/sites/:site/events', { site: site.id, limit: newest })).events,
  );
  const fetched = await fetchPage(url, { userAgent: `convey/${version}`, allowPrivate: true });
  const page = 'html' in fetched ? analyzePage(fetched.html) : undefined;
  const { countryHeader, trustedProxies, pixelPath } = config.collector;
  const found: ConsentAdvice[] = [
    { level: 'ok', subject: 'site', says: `${site.id}, which ${url.hostname} belongs to; policy \`${site.consent.policy}\`` },
    'html' in fetched
      ? {
          level: 'ok',
          subject: 'page',
          says: `Read, ${Math.ceil(fetched.html.length / 1024)} KiB. Nothing that it names was loaded`,
        }
      : { level: 'problem', subject: 'page', says: fetched.problem },
    ...diagnoseConsent({
      site,
      sites,
      pixelPath,
      knowsCountry: countryHeader !== undefined && trustedProxies.length > 0,
      ...(page && { page }),
      report,
    }),
  ];
  const isAboutEvents = ({ subject }: ConsentAdvice) => subject === 'consent';
  for (const one of found) if (!isAboutEvents(one)) printAdvice(one);
  printReport(report);
  for (const one of found) if (isAboutEvents(one)) printAdvice(one);
  return found.filter(({ level }) => level === 'problem').length;
}

/** The site that a page belongs to, of those of the file and of the dashboard. @throws ConveyError where it is of none. */
export async function siteOfPage(config: Config, url: URL): Promise<{ readonly site: Site; readonly sites: readonly Site[] }> {
  const sites = await loadSites(config, async () => (await connectToGateway(config)('GET /api/sites')).map(toSite));
  const site = findSiteByHost(sites, url.hostname);
  if (site) return { site, sites };
  const known = sites.flatMap(({ domains }) => domains).join(', ');
  throw new ConveyError(
    `No site has the host ${sanitizeForTerminal(url.hostname)}`,
    `Name a page of ${sanitizeForTerminal(known, 400)} or of a subdomain, or add the host to the site's \`domains\``,
  );
}

/** As far as the doctor looks at it. */
function toSite({ connections, webhooks, ...site }: SiteSettingsView): Site {
  return {
    ...site,
    webhooks: { purchaseOn: webhooks.purchaseOn, secrets: [] },
    secretKeyHashes: [],
    oldWriteKeys: site.oldWriteKeys.map(({ key }) => key),
    connections,
  };
}

/** The address of a page. @throws ConveyError where it is none. */
export function readAddress(option: string, address: string): URL {
  const url = URL.parse(address);
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new ConveyError(
      `The address of ${option} cannot be used`,
      'It must be a whole http or https address without a user name, such as https://shop.example/',
    );
  }
  return url;
}

/** One finding, in a column beside its mark. */
export function printAdvice({ level, subject, says, paste }: ConsentAdvice): void {
  print(`${marks[level]} ${wrapIndented(`${subject}: ${sanitizeForTerminal(says, 1_200)}`)}`);
  if (!paste) return;
  print(`\n${indent}${styleText('bold', wrapIndented(`${sanitizeForTerminal(paste.where, 600)}:`))}\n`);
  // Ours, but for the address of a snippet that the page had.
  print(
    `${paste.lines
      .split('\n')
      .map((line) => sanitizeForTerminal(line, 1_000))
      .join('\n')}\n`,
  );
}

function printReport({ events, received, sources, connections }: ConsentReport): void {
  const over = received ? `, ${time(received.from)} to ${time(received.to)} (UTC)` : '';
  print(`${marks.ok} ${wrapIndented(`events: ${events} of browsers among the site's newest ${newest} records${over}`)}`);
  if (sources.length > 0) {
    const rows = sources.map(({ source, granted, denied, unknown, signals }) => [
      source ?? 'nobody',
      ...[granted, denied, unknown, signals].map(String),
    ]);
    print(indented(table(['said by', 'granted', 'denied', 'unknown', 'signals'], rows)));
  }
  for (const { connection, outcomes } of connections) {
    const rows = outcomes.map(({ outcome, count }) => [outcome, String(count), formatPercent(count, events)]);
    print(`\n${indented(table([connection, 'events', 'share'], rows))}`);
  }
  const reasons = new Map(connections.flatMap(({ outcomes }) => outcomes.map(({ outcome, says }) => [outcome, says] as const)));
  const unsaid = ['delivered', 'undelivered', 'waiting'];
  const skipped = [...reasons].filter(([outcome]) => !unsaid.includes(outcome));
  if (skipped.length > 0) print('');
  for (const [outcome, says] of skipped) print(indent + wrapIndented(`${outcome}: ${says}`));
  if (sources.length > 0) print('');
}

function indented(text: string): string {
  return text.replace(/^/gm, indent);
}

/** Wraps a text to the column beside the mark. */
function wrapIndented(text: string): string {
  return wrapText(text, columns - indent.length).join(`\n${indent}`);
}
