import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { AccuracyView, OrderView } from '../api/client.ts';
import { ConveyError } from '../errors.ts';
import { AccuracyCalculator, isOrderGap, isShopOrder, mentionProblem } from '../event/order-accuracy.ts';
import { addDays, eachDay, findTime, getLocalDay } from '../event/time-zone.ts';
import { callerDir, configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { withConnection } from './connections.ts';
import { formatAccuracy, formatUnacceptedOrders, type SiteReport, type UnacceptedOrder } from './format-accuracy.ts';
import { jsonOption, printJson } from './json-option.ts';
import { matchOrdersToPurchases } from './match-orders.ts';
import { readOrderFile } from './order-file.ts';
import { selectSites } from './site-option.ts';
import { print } from './terminal.ts';

type Ask = ReturnType<typeof connectToGateway>;

interface Options {
  readonly config: string;
  readonly site?: string;
  readonly connection?: string;
  readonly from?: string;
  readonly to?: string;
  readonly csv?: string;
  readonly orderColumn?: string;
  readonly timeColumn?: string;
  readonly orders?: true;
  readonly json?: true;
}

export function accuracy(): Command {
  return new Command('accuracy')
    .description(
      "Compare the shop's orders with the accepted purchases. Shows each day, and the reason for each order that is missing.",
    )
    .option(...configOption)
    .option('-s, --site <id>', 'only this site')
    .option('--connection <id>', 'only this connection, such as bing or shop/bing')
    .option('--from <day>', "the first day in the site's time zone, such as 2026-11-18", readDay)
    .option('--to <day>', "the last day in the site's time zone", readDay)
    .option('--csv <file>', "compare with the orders in the shop's own CSV export")
    .option('--order-column <title>', 'the column with the order ids')
    .option('--time-column <title>', 'the column with the order times')
    .option('--orders', 'list each order that was not accepted')
    .option(...jsonOption)
    .action(async (input: Options) => {
      const options = withConnection(input);
      const ask = connectToGateway(loadConfig(options.config));
      const views = await fetchViews(ask, options);
      const reports = [];
      for (const view of views)
        reports.push(
          options.csv === undefined
            ? await reportShopOrders(ask, view, options)
            : await reportFileOrders(ask, view, options.csv, options),
        );
      if (options.json) printJson(reports);
      else
        print(
          reports
            .map(({ notAccepted, ...one }) =>
              [...formatAccuracy(one), ...(notAccepted ? formatUnacceptedOrders(notAccepted) : [])].join('\n'),
            )
            .join('\n\n'),
        );
    });
}

type Report = SiteReport & { readonly notAccepted?: readonly UnacceptedOrder[] };

async function fetchViews(ask: Ask, { site, connection, from, to, csv }: Options): Promise<readonly AccuracyView[]> {
  const chosen = await selectSites(ask, { site, connection });
  if (csv !== undefined && chosen.length > 1)
    throw new ConveyError('--csv works with one site only', 'Select the site with --site ID');
  const views: AccuracyView[] = [];
  for (const id of chosen)
    views.push(await ask('GET /api/sites/:site/accuracy', { site: id, since: from, until: to, connection }));
  return views;
}

async function reportShopOrders(ask: Ask, view: AccuracyView, { orders }: Options): Promise<Report> {
  if (!orders) return view;
  const reported = (await fetchPurchases(ask, view.site, view)).filter(isShopOrder);
  return {
    ...view,
    notAccepted: view.connections.flatMap(({ connection }) => reported.flatMap((one) => listUnaccepted(connection, one))),
  };
}

/** Compares the orders of a file with the gateway's purchases. The file's content stays in this process. */
async function reportFileOrders(ask: Ask, view: AccuracyView, csv: string, options: Options): Promise<Report> {
  const { site, timeZone, since, until, keptSince } = view;
  const listed = await readOrderFile(resolve(callerDir, csv), {
    order: options.orderColumn,
    time: options.timeColumn,
    timeZone,
  });
  const [from, end] = [findTime(since, 0, timeZone), findTime(addDays(until, 1), 0, timeZone)];
  const inDays = listed.filter(({ at }) => at >= from && at < end);
  const known = inDays.filter(({ at }) => keptSince !== undefined && at >= keptSince);
  // The shop's clock and zone may put an order on another day than its event, and a payment may come days later.
  const around = {
    since: addDays(getLocalDay(Math.max(from, keptSince ?? from), timeZone), -1),
    until: addDays(getLocalDay(Math.max(end, Date.now()), timeZone), 1),
  };
  const purchases = known.length === 0 ? [] : await fetchPurchases(ask, site, around);
  const { orders, others } = matchOrdersToPurchases(known, purchases);
  const days = eachDay(since, until);
  return {
    ...view,
    file: {
      orders: listed.length,
      otherDays: listed.length - inDays.length,
      beforeKept: inDays.length - known.length,
      notInFile: others.filter(({ time }) => time >= from && time < end).length,
    },
    connections: view.connections.map(({ connection, destination, problem, alert }) => {
      const tally = new AccuracyCalculator(timeZone);
      for (const { order, purchase } of orders)
        tally.add({
          at: order.at,
          status: purchase?.standings[connection] ?? 'never-seen',
          ...(purchase && { receivedAt: purchase.receivedAt }),
          ...(purchase?.money && { money: purchase.money }),
        });
      const { gaps, ...totals } = tally.accuracy(days);
      return {
        connection,
        destination,
        ...totals,
        gaps: [...mentionProblem(gaps, problem)],
        ...(problem !== undefined && { problem }),
        alert,
      };
    }),
    ...(options.orders && {
      notAccepted: view.connections.flatMap(({ connection }) =>
        orders.flatMap(({ order: { orderId, at }, purchase }): readonly UnacceptedOrder[] =>
          purchase
            ? listUnaccepted(connection, { ...purchase, orderId, time: at })
            : [{ connection, orderId, time: at, gap: 'never-seen' }],
        ),
      ),
    }),
  };
}

function listUnaccepted(connection: string, { orderId, eventId, time, standings }: OrderView): readonly UnacceptedOrder[] {
  const status = standings[connection];
  if (status === undefined || !isOrderGap(status)) return [];
  return [{ connection, ...(orderId !== undefined && { orderId }), eventId, time, gap: status }];
}

async function fetchPurchases(
  ask: Ask,
  site: string,
  { since, until }: { readonly since: string; readonly until: string },
): Promise<readonly OrderView[]> {
  const purchases: OrderView[] = [];
  let cursor: string | undefined;
  do {
    const page = await ask('GET /api/sites/:site/accuracy/orders', { site, since, until, limit: 1_000, cursor });
    purchases.push(...page.orders);
    cursor = page.next;
  } while (cursor !== undefined);
  return purchases;
}

function readDay(text: string): string {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at) || addDays(text, 0) !== text) throw new InvalidArgumentError('Use a day such as 2026-11-18.');
  return text;
}
