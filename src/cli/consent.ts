import { styleText } from 'node:util';
import { Command } from 'commander';
import type { ChoicesView, ConsentChoicesView } from '../api/client.ts';
import { nameBanner } from '../event/consent-source-names.ts';
import { describeMissingCounts } from '../event/describe-missing-counts.ts';
import { formatPercent } from '../event/format-numbers.ts';
import { addDays, getLocalDay } from '../event/time-zone.ts';
import { configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { daysOption } from './days-option.ts';
import { jsonOption, printJson } from './json-option.ts';
import { selectSites } from './site-option.ts';
import { print } from './terminal.ts';
import { columns, sanitizeForTerminal, table, time, wrapText } from './terminal-output.ts';

interface Options {
  readonly config: string;
  readonly site?: string;
  readonly days: number;
  readonly json?: true;
}

export function consent(): Command {
  return new Command('consent')
    .description("Show the shares of granted and denied consent, by the visitor's country and by consent banner.")
    .option(...configOption)
    .option('-s, --site <id>', 'only this site')
    .option(...daysOption)
    .option(...jsonOption)
    .action(async (options: Options) => {
      const ask = connectToGateway(loadConfig(options.config));
      const chosen = await selectSites(ask, options);
      const zones = new Map((await ask('GET /api/sites')).map(({ id, timeZone }) => [id, timeZone]));
      const views = await Promise.all(
        chosen.map((site) => {
          const until = getLocalDay(Date.now(), zones.get(site) ?? 'UTC');
          return ask('GET /api/sites/:site/consent', { site, since: addDays(until, 1 - options.days), until });
        }),
      );
      if (options.json) printJson(views);
      else print(views.map((view) => formatConsent(view, Date.now())).join('\n\n'));
    });
}

/** Formats the choices of a site's events, 80 columns wide. */
export function formatConsent(view: ConsentChoicesView, now: number): string {
  const { site, timeZone, since, until, browsers, countries, banners } = view;
  const head = `${styleText('bold', site)}  consent of ${since} to ${until} (${timeZone})`;
  const missing = describeMissingCounts(view, now, (at) => `${time(at)} UTC`);
  const whole = missing === undefined ? [] : wrapText(missing, columns);
  if (banners.length === 0) return [head, ...whole, 'No event with a visitor’s choice was received in this period.'].join('\n');
  const ofCountries = countries.map(({ country, isOther, ...one }) =>
    formatRow(country ?? (isOther ? 'others' : 'not known'), one),
  );
  const all = countries.length > 1 ? [formatRow('all', browsers)] : [];
  const names = banners.map((banner) => formatRow(sanitizeForTerminal(nameBanner(banner), longestName), banner));
  return [
    head,
    ...whole,
    ...(countries.length > 0 ? [table(['country of browsers', ...titles], [...ofCountries, ...all]), ''] : []),
    table(['banner', ...titles], names),
    ...wrapText('Counts of events, not of visitors: who opens more pages counts more.', columns),
  ].join('\n');
}

const longestName = 44;
const titles = ['events', 'granted', 'denied', 'no choice'];

function formatRow(name: string, { granted, denied, unknown }: ChoicesView): readonly string[] {
  const events = granted + denied + unknown;
  return [name, String(events), ...[granted, denied, unknown].map((part) => formatPercent(part, events))];
}
