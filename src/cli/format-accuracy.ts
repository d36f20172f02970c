import { styleText } from 'node:util';
import type { AccuracyView, ConnectionAccuracyView } from '../api/client.ts';
import { formatCount, formatMoney, formatPercent } from '../event/format-numbers.ts';
import type { OrderGap } from '../event/order-accuracy.ts';
import { columns, sanitizeForTerminal, table, time, wrapText } from './terminal-output.ts';

/** The orders of a file, and those of them that are not compared. */
interface FileCounts {
  readonly orders: number;
  readonly otherDays: number;
  /** Orders older than the first event that is still stored. */
  readonly beforeKept: number;
  /** Purchases of the period that Convey has and the file does not list. */
  readonly notInFile: number;
}

export type SiteReport = AccuracyView & { readonly file?: FileCounts };

/** One order that was not accepted. */
export interface UnacceptedOrder {
  readonly connection: string;
  readonly orderId?: string;
  readonly eventId?: string;
  readonly time: number;
  readonly gap: OrderGap;
}

/** Formats the accuracy of one site, 80 columns wide: orders per day, then the missing and the explained orders with the remedies. */
export function formatAccuracy(view: SiteReport): readonly string[] {
  const { connections } = view;
  if (connections.length === 0) return [`${view.site} has no enabled connection and sends nothing.`];
  return connections.flatMap((one, index) => [...(index > 0 ? [''] : []), ...formatConnection(view, one)]);
}

function formatConnection(view: SiteReport, one: ConnectionAccuracyView): readonly string[] {
  const { site, timeZone, since, until, file } = view;
  const source = file ? 'of the file' : 'that the shop reported';
  const head = `${styleText('bold', `${site}/${one.connection}`)}  orders ${source}, ${since} to ${until} (${timeZone})`;
  if (one.orders === 0) return [head, ...wrapText(explainNoOrders(view)), ...notes(view, one)];
  const cells = ({ orders, accepted, explained, missing, share }: Row) => [
    ...[orders, accepted, explained, missing].map(String),
    formatPercent(accepted, orders),
    share === undefined ? '–' : formatPercent(share),
  ];
  const rows = one.days.filter(({ orders }) => orders > 0).map((day) => [day.day, ...cells(day)]);
  return [
    head,
    table(titles, [...rows, ...(rows.length > 1 ? [['all', ...cells(one)]] : [])]),
    ...moneyLines(one),
    ...gapLines('missing', one.missing, one),
    ...gapLines('explained', one.explained, one),
    ...notes(view, one),
  ];
}

/** Formats the amounts of the orders, a row per currency. */
function moneyLines({ amounts, orders }: ConnectionAccuracyView): readonly string[] {
  if (amounts.length === 0) return [];
  const rows = amounts.map(({ currency, amount, accepted, explained, missing }) => [
    ...[amount, accepted, explained, missing].map((part) => formatMoney(part, currency)),
    formatPercent(Math.max(0, accepted), Math.max(0, amount)),
  ]);
  const returned = amounts.flatMap(({ currency, refunded = 0, net = 0 }) =>
    refunded === 0
      ? []
      : [`Refunded by now: ${formatMoney(refunded, currency)}, which leaves ${formatMoney(net, currency)} net.`],
  );
  return ['', styleText('bold', `value of ${formatCount(orders, 'order')}`), table(moneyTitles, rows), ...returned];
}

const moneyTitles = ['ordered', 'accepted', 'explained', 'missing', '% accepted'];

type Row = Pick<ConnectionAccuracyView, 'orders' | 'accepted' | 'explained' | 'missing' | 'share'>;
const titles = ['day', 'orders', 'accepted', 'explained', 'missing', '% accepted', '% accounted for'];

function explainNoOrders({ file, hasWebhooks, keptSince }: SiteReport): string {
  if (file) {
    const hint =
      keptSince === undefined ? 'Convey has no events of this site.' : `Convey has events since ${time(keptSince)} UTC.`;
    return `The file has no orders in this period. ${hint}`;
  }
  if (hasWebhooks) return "Neither the shop's server nor its webhooks reported an order in this period.";
  return "Neither the shop's server nor a webhook reported an order, and the site has no webhook secret. Set up the shop's webhooks, send orders from its server, or use the shop's export with --csv FILE.";
}

function gapLines(title: 'missing' | 'explained', count: number, { orders, gaps }: ConnectionAccuracyView): readonly string[] {
  const shown = gaps.filter(({ isExplained }) => isExplained === (title === 'explained'));
  if (shown.length === 0) return [];
  return [
    '',
    styleText('bold', `${title}: ${count} of ${orders}`),
    ...shown.flatMap(({ gap, orders: affected, amounts, says, remedy, since }) => [
      `${String(affected).padStart(6)}  ${[gap, ...amounts.map(({ currency, amount }) => formatMoney(amount, currency)), ...(since === undefined ? [] : [`since ${time(since)} UTC`])].join(', ')}`,
      ...[...wrapText(says, columns - indent.length), ...wrapText(sanitizeForTerminal(remedy, 900), columns - indent.length)].map(
        (line) => indent + line,
      ),
    ]),
  ];
}

const indent = ' '.repeat(8);

/** Formats the orders and purchases that the numbers above do not include. */
function notes(
  { file, unknownToShop, keptSince, coverage }: SiteReport,
  { notCounted, noted, alert }: ConnectionAccuracyView,
): readonly string[] {
  const { 'test-order': tests = 0, 'offline-order': offline = 0 } = notCounted;
  const says = [
    ...(file ? [] : [coverage]),
    ...(noted > 0 ? [`${formatCount(noted, 'order')} accepted with a warning. See \`convey event ID\`.`] : []),
    ...(tests > 0 ? [`Not counted: ${formatCount(tests, 'test order')}.`] : []),
    ...(offline > 0 ? [`Not counted: ${formatCount(offline, 'order')} from outside the storefront.`] : []),
    ...(!file && unknownToShop > 0
      ? [`Not counted: ${formatCount(unknownToShop, 'purchase')} that only browsers reported, not the shop.`]
      : []),
    ...(file && file.notInFile > 0
      ? [`Not counted: ${formatCount(file.notInFile, 'purchase')} that Convey has and the file does not list.`]
      : []),
    ...(file && file.otherDays > 0
      ? [`Not counted: ${formatCount(file.otherDays, 'order')} of the file outside the period.`]
      : []),
    ...(file && file.beforeKept > 0
      ? [
          `Not counted: ${formatCount(file.beforeKept, 'order')} of the file before ${keptSince === undefined ? 'the first event' : `${time(keptSince)} UTC, the first event that Convey has`}.`,
        ]
      : []),
    ...(alert.state === 'under' && alert.share !== undefined
      ? [
          `Alert: only ${formatPercent(alert.share)} of ${alert.orders} orders from ${alert.since} to ${alert.until} are accounted for.`,
        ]
      : []),
  ];
  return says.length === 0 ? [] : ['', ...says.flatMap((line) => wrapText(line))];
}

/** Formats the orders that were not accepted, the oldest first. */
export function formatUnacceptedOrders(orders: readonly UnacceptedOrder[]): readonly string[] {
  if (orders.length === 0) return ['', 'All counted orders were accepted.'];
  const rows = orders
    .toSorted((a, b) => a.time - b.time)
    .map(({ time: at, orderId, eventId = '–', connection, gap }) => [
      time(at),
      sanitizeForTerminal(orderId ?? '–', 40),
      sanitizeForTerminal(eventId, 60),
      connection,
      gap,
    ]);
  return ['', table(['ordered (UTC)', 'order', 'event', 'connection', 'gap'], rows)];
}
