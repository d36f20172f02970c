import { styleText } from 'node:util';
import type { SiteSettingsView } from '../api/client.ts';
import type { Config } from '../config/config.ts';
import { diagnoseConsent } from '../doctor/consent-doctor.ts';
import type { ConsentReport } from '../doctor/consent-report.ts';
import { fetchPage } from '../doctor/fetch-page.ts';
import type { ConsentAdvice } from '../doctor/finding.ts';
import { analyzePage } from '../doctor/page-report.ts';
import { ConveyError } from '../errors.ts';
import { adjustedOutcomeNames } from '../event/adjusted-outcomes.ts';
import { hasCountrySource } from '../event/country-settings.ts';
import { formatPercent } from '../event/format-numbers.ts';
import type { Site } from '../event/site.ts';
import { findSiteByHost, loadConsentReport, loadSites } from '../gateway/read-data-folder.ts';
import { connectToGateway, version } from './cli-context.ts';
import { print } from './terminal.ts';
import { columns, sanitizeForTerminal, table, time, wrapText } from './terminal-output.ts';

/** The start of a finding's line in `convey check`, in a column of nine characters. */
export const marks = {
  ok: styleText('green', 'ok      '),
  warning: styleText('yellow', 'warning '),
  problem: styleText('red', 'problem '),
} as const;

/** The number of newest records to read: the maximum of the API. */
const newest = 1_000;
const indent = ' '.repeat(9);

/**
 * Runs the consent doctor, which reads one page and the site's own records. Prints the findings and returns the number of problems.
 * @throws ConveyError if the URL is invalid or belongs to no site.
 */
export async function checkPage(config: Config, text: string): Promise<number> {
  const url = parsePageUrl('--page', text);
  const { site, sites } = await findSiteOfPage(config, url);
  const report = await loadConsentReport(
    config,
    site,
    newest,
    async () => (await connectToGateway(config)('GET /api/sites/:site/events', { site: site.id, limit: newest })).events,
  );
  const fetched = await fetchPage(url, { userAgent: `convey/${version}`, allowPrivate: true });
  const page = 'html' in fetched ? analyzePage(fetched.html) : undefined;
  const { pixelPath } = config.collector;
  const findings: ConsentAdvice[] = [
    { level: 'ok', subject: 'site', says: `${site.id}, the site of ${url.hostname}; policy \`${site.consent.policy}\`` },
    'html' in fetched
      ? {
          level: 'ok',
          subject: 'page',
          says: `Read, ${Math.ceil(fetched.html.length / 1024)} KiB. Scripts and other files of the page were not loaded`,
        }
      : { level: 'problem', subject: 'page', says: fetched.problem },
    ...diagnoseConsent({
      site,
      sites,
      pixelPath,
      knowsCountry: hasCountrySource(config),
      ...(page && { page }),
      report,
    }),
  ];
  const isAboutEvents = ({ subject }: ConsentAdvice) => subject === 'consent';
  for (const one of findings) if (!isAboutEvents(one)) printAdvice(one);
  printReport(report);
  for (const one of findings) if (isAboutEvents(one)) printAdvice(one);
  return findings.filter(({ level }) => level === 'problem').length;
}

/** Finds the site of a page among those of the config file and the dashboard. @throws ConveyError if no site has its host. */
export async function findSiteOfPage(
  config: Config,
  url: URL,
): Promise<{ readonly site: Site; readonly sites: readonly Site[] }> {
  const sites = await loadSites(config, async () => (await connectToGateway(config)('GET /api/sites')).map(toSite));
  const site = findSiteByHost(sites, url.hostname);
  if (site) return { site, sites };
  const known = sites.flatMap(({ domains }) => domains).join(', ');
  throw new ConveyError(
    `No site has the host ${sanitizeForTerminal(url.hostname)}`,
    `Use a page of ${sanitizeForTerminal(known, 400)} or of a subdomain, or add the host to the site's \`domains\``,
  );
}

/** Converts the API's view to the fields of a site that the doctor reads. */
function toSite({ connections, webhooks, distrustedKeys: _, segment: __, ...site }: SiteSettingsView): Site {
  return {
    ...site,
    webhooks: { purchaseOn: webhooks.purchaseOn, secrets: [] },
    secretKeyHashes: [],
    oldWriteKeys: site.oldWriteKeys.map(({ key }) => key),
    connections,
  };
}

/** Parses the URL of a page. @throws ConveyError if it is invalid. */
export function parsePageUrl(option: string, text: string): URL {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new ConveyError(
      `The URL of ${option} is not valid`,
      'Use a complete http or https URL without a user name, such as https://shop.example/',
    );
  }
  return url;
}

/** Prints one finding, indented after its mark. */
export function printAdvice({ level, subject, says, paste }: ConsentAdvice): void {
  print(`${marks[level]} ${wrapIndented(`${subject}: ${sanitizeForTerminal(says, 1_200)}`)}`);
  if (!paste) return;
  print(`\n${indent}${styleText('bold', wrapIndented(`${sanitizeForTerminal(paste.where, 600)}:`))}\n`);
  // Convey's own text, except for the URL of a snippet on the page.
  print(
    `${paste.lines
      .split('\n')
      .map((line) => sanitizeForTerminal(line, 1_000))
      .join('\n')}\n`,
  );
}

function printReport({ events, received, sources, connections }: ConsentReport): void {
  const period = received ? `, ${time(received.from)} to ${time(received.to)} (UTC)` : '';
  print(`${marks.ok} ${wrapIndented(`events: ${events} from browsers among the site's newest ${newest} records${period}`)}`);
  if (sources.length > 0) {
    const rows = sources.map(({ source, granted, denied, unknown, signals }) => [
      source ?? 'none',
      ...[granted, denied, unknown, signals].map(String),
    ]);
    print(indentLines(table(['source', 'granted', 'denied', 'unknown', 'choice alone'], rows)));
  }
  for (const { connection, outcomes } of connections) {
    const rows = outcomes.map(({ outcome, count }) => [outcome, String(count), formatPercent(count, events)]);
    print(`\n${indentLines(table([connection, 'events', 'share'], rows))}`);
  }
  const reasons = new Map(connections.flatMap(({ outcomes }) => outcomes.map(({ outcome, says }) => [outcome, says] as const)));
  const unexplained = [
    'delivered',
    'awaiting-verdict',
    'unverified',
    ...adjustedOutcomeNames,
    'undelivered',
    'before-connection',
    'waiting',
  ];
  const skipped = [...reasons].filter(([outcome]) => !unexplained.includes(outcome));
  if (skipped.length > 0) print('');
  for (const [outcome, says] of skipped) print(indent + wrapIndented(`${outcome}: ${says}`));
  if (sources.length > 0) print('');
}

function indentLines(text: string): string {
  return text.replace(/^/gm, indent);
}

/** Wraps a text to the column after the mark. */
function wrapIndented(text: string): string {
  return wrapText(text, columns - indent.length).join(`\n${indent}`);
}
