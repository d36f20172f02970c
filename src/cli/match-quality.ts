import { styleText } from 'node:util';
import { Command } from 'commander';
import type { KeyView, MatchQualityView, MatchView, MissingKeyReason } from '../api/client.ts';
import { normalizeEventName } from '../event/event-names.ts';
import { formatPercent } from '../event/format-numbers.ts';
import { addDays, getLocalDay } from '../event/time-zone.ts';
import { configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { withConnection } from './connections.ts';
import { daysOption } from './days-option.ts';
import { jsonOption, printJson } from './json-option.ts';
import { selectSites } from './site-option.ts';
import { print } from './terminal.ts';
import { columns, sanitizeForTerminal, table, wrapText } from './terminal-output.ts';

const longestName = 16;
const mostNames = 20;
/** Shorter titles of keys, to keep the table narrow. */
const titles: Readonly<Record<string, string>> = { 'external-id': 'ext-id' };

interface Options {
  readonly config: string;
  readonly site?: string;
  readonly connection?: string;
  readonly days: number;
  readonly event?: string;
  readonly json?: true;
}

export function matchQuality(): Command {
  return new Command('match-quality')
    .description('Show which match keys the delivered events had. Lists for each missing key the reason and what to do.')
    .option(...configOption)
    .option('-s, --site <id>', 'only this site')
    .option('--connection <id>', 'only this connection, such as bing or shop/bing')
    .option(...daysOption)
    .option('--event <name>', 'only events with this name')
    .option(...jsonOption)
    .action(async (input: Options) => {
      const options = withConnection(input);
      const ask = connectToGateway(loadConfig(options.config));
      const { connection } = options;
      const chosen = await selectSites(ask, options);
      const zones = new Map((await ask('GET /api/sites')).map(({ id, timeZone }) => [id, timeZone]));
      const views = await Promise.all(
        chosen.map((site) => {
          const until = getLocalDay(Date.now(), zones.get(site) ?? 'UTC');
          const since = addDays(until, 1 - options.days);
          return ask('GET /api/sites/:site/match-quality', { site, since, until, connection });
        }),
      );
      const { event } = options;
      const shown = views.flat();
      if (options.json) printJson(shown.map((view) => selectEvent(event, view)));
      else print(shown.map((view) => formatMatchQuality(view, event)).join('\n\n') || 'No connections.');
    });
}

/** Restricts the report to one event, given by any of its names. Returns the whole report if the name is undefined. */
function selectEvent(event: string | undefined, view: MatchQualityView): MatchQualityView {
  if (event === undefined) return view;
  const name = normalizeEventName(event) ?? event;
  const events = view.events.filter((one) => one.name === name);
  const [found] = events;
  return { ...view, events, all: found ?? { delivered: 0, keys: [] } };
}

/** Formats the report of one connection, 80 columns wide: the shares of the match keys, then the reasons and remedies of missing keys. */
export function formatMatchQuality(view: MatchQualityView, event?: string): string {
  const { site, connection, timeZone, since, until, all, events } = selectEvent(event, view);
  const head = `${styleText('bold', `${site}/${connection}`)}  delivered events of ${since} to ${until} (${timeZone})`;
  if (all.delivered === 0) {
    const message = `No such event was delivered in this period. ${view.events.length === 0 ? sendOne : listNames(view)}`;
    return [head, ...wrapText(message, columns)].join('\n');
  }
  const named = events.map(({ name, ...match }) => ({ title: sanitizeForTerminal(name, longestName), match }));
  const sum = events.length > 1 ? [{ title: 'all', match: all }] : [];
  const names = [...named, ...sum];
  return [head, ...splitKeys(all.keys).map((keys) => formatShares(names, keys)), ...gaps(all)].join('\n');
}

const sendOne = 'Send one with `convey send-test`, check the outcomes of others with `convey events`, or use more `--days`.';

function listNames({ events }: MatchQualityView): string {
  const names = events.slice(0, mostNames).map(({ name }) => sanitizeForTerminal(name, longestName));
  const rest = events.length - names.length;
  return `Delivered events: ${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}.`;
}

/** Returns the keys in groups whose table fits the terminal. */
function splitKeys(keys: readonly KeyView[]): readonly (readonly KeyView[])[] {
  const groups: KeyView[][] = [];
  let left = 0;
  for (const key of keys) {
    const width = columnTitle(key).length + 2;
    if (width > left) {
      groups.push([]);
      left = columns - longestName - 2 - 'events'.length;
    }
    groups.at(-1)?.push(key);
    left -= width;
  }
  return groups;
}

/** Formats the shares of some keys, one line per event name. */
function formatShares(
  names: readonly { readonly title: string; readonly match: MatchView }[],
  shown: readonly KeyView[],
): string {
  const rows = names.map(({ title, match: { delivered, keys } }) => {
    const shares = shown.map((one) => {
      const share = keys.find(({ key }) => key === one.key)?.share ?? 0;
      return formatPercent(share);
    });
    return [title, String(delivered), ...shares];
  });
  return table(['event', 'events', ...shown.map(columnTitle)], rows);
}

function columnTitle({ key }: Pick<KeyView, 'key'>): string {
  return titles[key] ?? key;
}

/** Formats the missing keys. Refers to the earlier key if reason and remedy are the same. */
function gaps({ delivered, keys }: MatchView): string[] {
  const explained = new Map<string, string>();
  const lines = keys.flatMap(({ key, events, missing }: KeyView) => {
    if (missing.length === 0) return [];
    const reasons = missing.flatMap((one) => {
      const explanation = `${one.says} ${one.remedy}`;
      const before = explained.get(explanation);
      explained.set(explanation, before ?? key);
      return reasonLines(one, delivered, before);
    });
    return ['', styleText('bold', `${key}: missing in ${delivered - events} of ${delivered}`), ...reasons];
  });
  return lines.length === 0 ? ['', 'Every event had every key.'] : lines;
}

const indent = ' '.repeat(7);

function reasonLines(
  { reason, events, says, remedy }: MissingKeyReason,
  delivered: number,
  before: string | undefined,
): string[] {
  const first = `${formatPercent(events, delivered).padStart(4)}  ${sanitizeForTerminal(reason, 40)}`;
  if (before !== undefined) return [`${first}: see ${before} above`];
  const lines = [
    ...wrapText(sanitizeForTerminal(says, 400), columns - indent.length),
    ...wrapText(sanitizeForTerminal(remedy, 400), columns - indent.length),
  ];
  return [first, ...lines.map((line) => indent + line)];
}
