import { Command } from 'commander';
import type { PaidClicksView } from '../api/client.ts';
import { formatPercent } from '../event/format-numbers.ts';
import { configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { withConnection } from './connections.ts';
import { jsonOption, printJson } from './json-option.ts';
import { selectSites } from './site-option.ts';
import { print } from './terminal.ts';
import { columns, sanitizeForTerminal, table, time, wrapText } from './terminal-output.ts';

interface Options {
  readonly config: string;
  readonly site?: string;
  readonly connection?: string;
  readonly check?: true;
  readonly json?: true;
}

const shownRows = 10;

/** Creates the command that shows the paid clicks of a platform's accounts. */
export function paidClicks(destination: string): Command {
  return new Command('clicks')
    .description('Show how many paid clicks of the connected accounts were captured, by day, campaign and landing page.')
    .option('-s, --site <id>', 'only this site')
    .option('--connection <id>', 'only this connection, such as bing or shop/bing')
    .option('--check', 'request the report now; the result is there some minutes later')
    .option(...configOption)
    .option(...jsonOption)
    .action(async (input: Options) => {
      const options = withConnection(input);
      const ask = connectToGateway(loadConfig(options.config));
      const shown: PaidClicksView[] = [];
      for (const site of await selectSites(ask, options)) {
        const isChosen = (one: PaidClicksView) =>
          one.destination === destination && (options.connection === undefined || one.connection === options.connection);
        const read = async () => (await ask('GET /api/sites/:site/paid-clicks', { site })).filter(isChosen);
        if (options.check)
          for (const { connection, state } of await read())
            if (state !== 'not-connected')
              await ask('POST /api/sites/:site/connections/:connection/paid-clicks/check', { site, connection });
        shown.push(...(await read()));
      }
      if (options.json) printJson(shown);
      else print(shown.map(formatPaidClicks).join('\n\n') || 'No connection has a report of paid clicks.');
    });
}

/** Formats the paid clicks of one connection. */
export function formatPaidClicks(view: PaidClicksView): string {
  const { site, connection, checkedAt, requestedAt, failure, summary, days, notes } = view;
  const compared = checkedAt === undefined ? '' : `  compared ${time(checkedAt).slice(0, 16)} UTC`;
  const awaited = requestedAt === undefined ? '' : `  report requested ${time(requestedAt).slice(0, 16)} UTC`;
  return [
    `${site}/${connection}${compared}${awaited}`,
    ...wrapText(summary, columns),
    ...(failure ? wrapText(sanitizeForTerminal(describeFailure(failure), 600), columns) : []),
    ...section(
      ['day', 'paid', 'captured', 'share'],
      days.map(({ day, paid, captured, hasEvents }) => [
        ...(hasEvents
          ? [day, String(paid), String(captured), formatPercent(captured, paid)]
          : [day, String(paid), 'no events', '–']),
      ]),
    ),
    ...section(['campaign', 'keyword', 'paid', 'lost'], listCampaigns(view)),
    ...section(['landing page', 'captured'], listPages(view)),
    ...(days.length > 0 ? ['', ...notes.flatMap((note) => wrapText(`- ${note}`, columns))] : []),
  ].join('\n');
}

function describeFailure({ kind, message, code }: NonNullable<PaidClicksView['failure']>): string {
  const what = kind === 'not-reached' ? 'The platform was not reached' : 'The platform gave no report';
  return `${what}: ${message} (${code})`;
}

function section(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return rows.length === 0
    ? []
    : [
        '',
        table(
          [...head],
          rows.map((row) => [...row]),
        ),
      ];
}

function listCampaigns({ campaigns, otherCampaigns }: PaidClicksView): readonly (readonly string[])[] {
  const lost = campaigns.filter(({ paid, captured }) => paid > captured);
  const [shown, rest] = [lost.slice(0, shownRows), lost.slice(shownRows)];
  const others = [...rest, otherCampaigns].reduce(
    (sum, one) => ({ paid: sum.paid + one.paid, lost: sum.lost + one.paid - one.captured }),
    {
      ...{ paid: 0, lost: 0 },
    },
  );
  return [
    ...shown.map(({ campaign, keyword, paid, captured }) => [
      ...[campaign === '' ? 'not stated' : campaign, sanitizeForTerminal(keyword, 40), String(paid), String(paid - captured)],
    ]),
    ...(others.lost > 0 ? [['others', '', String(others.paid), String(others.lost)]] : []),
  ];
}

function listPages({ pages, otherPages, unknownPage }: PaidClicksView): readonly (readonly string[])[] {
  const others = pages.slice(shownRows).reduce((sum, { captured }) => sum + captured, otherPages);
  return [
    ...pages.slice(0, shownRows).map(({ page, captured }) => [sanitizeForTerminal(page, 60), String(captured)]),
    ...(others > 0 ? [['others', String(others)]] : []),
    ...(unknownPage > 0 ? [['not known', String(unknownPage)]] : []),
  ];
}
