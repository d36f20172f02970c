import { styleText } from 'node:util';
import type { AccuracyView, ConnectionAccuracyView } from '../api/client.ts';
import { formatCount, formatPercent } from '../event/format-numbers.ts';
import type { OrderGap } from '../event/order-accuracy.ts';
import { columns, sanitizeForTerminal, table, time, wrapText } from './terminal-output.ts';

/** What a file held, beside its orders of these days. */
interface FileCounts {
  readonly orders: number;
  readonly otherDays: number;
  /** Made before the first event that is still kept. */
  readonly beforeKept: number;
  /** Purchases of these days that Convey knows and the file does not list. */
  readonly notInFile: number;
}

export type SiteReport = AccuracyView & { readonly file?: FileCounts };

/** One order that was not accepted. */
export interface NotAccepted {
  readonly connection: string;
  readonly orderId?: string;
  readonly eventId?: string;
  readonly time: number;
  readonly gap: OrderGap;
}

/** One site's orders, 80 columns wide: days, then what is missing and what is explained, with what to do. */
export function report(view: SiteReport): readonly string[] {
  const { connections } = view;
  if (connections.length === 0) return [`${view.site} has no enabled connection, so nothing is sent anywhere.`];
  return connections.flatMap((one, index) => [...(index > 0 ? [''] : []), ...ofConnection(view, one)]);
}

function ofConnection(view: SiteReport, one: ConnectionAccuracyView): readonly string[] {
  const { site, since, until, file } = view;
  const source = file ? 'of the file' : "told by the shop's webhooks";
  const head = `${styleText('bold', `${site}/${one.connection}`)}  orders ${source}, ${since} to ${until} (UTC)`;
  if (one.orders === 0) return [head, ...wrapText(whyNone(view)), ...notes(view, one)];
  const cells = ({ orders, accepted, explained, missing, share }: Row) => [
    ...[orders, accepted, explained, missing].map((count, at) => String(count).padStart(titles[at + 1]?.length ?? 0)),
    (share === undefined ? '–' : formatPercent(share)).padStart('accounted for'.length),
  ];
  const rows = one.days.filter(({ orders }) => orders > 0).map((day) => [day.day, ...cells(day)]);
  return [
    head,
    table(titles, [...rows, ...(rows.length > 1 ? [['all', ...cells(one)]] : [])]),
    ...gapLines('missing', one.missing, one),
    ...gapLines('explained', one.explained, one),
    ...notes(view, one),
  ];
}

type Row = Pick<ConnectionAccuracyView, 'orders' | 'accepted' | 'explained' | 'missing' | 'share'>;
const titles = ['day', 'orders', 'accepted', 'explained', 'missing', 'accounted for'];

function whyNone({ file, hasWebhooks, keptSince }: SiteReport): string {
  if (file) {
    const kept =
      keptSince === undefined ? 'Convey has no event of this site.' : `Convey has events since ${time(keptSince)} UTC.`;
    return `None of the file's orders is of these days. ${kept}`;
  }
  if (hasWebhooks) return "The shop's webhooks told of no order in this time.";
  return "No webhook secret is set for this site, so the shop tells of no orders. Set up the shop's webhooks, or give its export with --csv FILE.";
}

function gapLines(title: 'missing' | 'explained', count: number, { orders, gaps }: ConnectionAccuracyView): readonly string[] {
  const shown = gaps.filter(({ isExplained }) => isExplained === (title === 'explained'));
  if (shown.length === 0) return [];
  return [
    '',
    styleText('bold', `${title}: ${count} of ${orders}`),
    ...shown.flatMap(({ gap, orders: some, says, remedy, since }) => [
      `${String(some).padStart(6)}  ${gap}${since === undefined ? '' : `, since ${time(since)} UTC`}`,
      ...[...wrapText(says, columns - indent.length), ...wrapText(remedy, columns - indent.length)].map((line) => indent + line),
    ]),
  ];
}

const indent = ' '.repeat(8);

/** What is in none of the numbers above. */
function notes(
  { file, unknownToShop, keptSince }: SiteReport,
  { notCounted, noted, alert }: ConnectionAccuracyView,
): readonly string[] {
  const { 'test-order': tests = 0, 'offline-order': offline = 0 } = notCounted;
  const says = [
    ...(noted > 0 ? [`${noted} of the accepted ones were accepted with a note: see \`convey event ID\`.`] : []),
    ...(tests > 0 ? [`Not counted: ${formatCount(tests, 'test order')}.`] : []),
    ...(offline > 0 ? [`Not counted: ${formatCount(offline, 'order')} that no shopper of the storefront made.`] : []),
    ...(!file && unknownToShop > 0
      ? [`Not counted: ${formatCount(unknownToShop, 'purchase')} that browsers or servers told, and no webhook of the shop.`]
      : []),
    ...(file && file.notInFile > 0
      ? [`Not counted: ${formatCount(file.notInFile, 'purchase')} that Convey knows and the file does not list.`]
      : []),
    ...(file && file.otherDays > 0 ? [`Not counted: ${formatCount(file.otherDays, 'order')} of other days in the file.`] : []),
    ...(file && file.beforeKept > 0
      ? [
          `Not counted: ${formatCount(file.beforeKept, 'order')} of the file from before ${keptSince === undefined ? 'the first event' : `${time(keptSince)} UTC, since when Convey has events`}.`,
        ]
      : []),
    ...(alert.state === 'under' && alert.share !== undefined
      ? [
          `Alert: of ${alert.orders} orders of ${alert.since} to ${alert.until} only ${formatPercent(alert.share)} are accounted for.`,
        ]
      : []),
  ];
  return says.length === 0 ? [] : ['', ...says.flatMap((line) => wrapText(line))];
}

/** The orders themselves, the first made first. */
export function notAcceptedLines(orders: readonly NotAccepted[]): readonly string[] {
  if (orders.length === 0) return ['', 'Every order was accepted, or is not counted.'];
  const rows = orders
    .toSorted((a, b) => a.time - b.time)
    .map(({ time: at, orderId, eventId = '–', connection, gap }) => [
      time(at),
      sanitizeForTerminal(orderId ?? '–', 40),
      sanitizeForTerminal(eventId, 60),
      connection,
      gap,
    ]);
  return ['', table(['made (UTC)', 'order', 'event', 'connection', 'gap'], rows)];
}
