import { formatCount, formatPercent } from '../../event/format-numbers.ts';
import type { Figure, Message } from '../message.ts';
import type { Digest } from './digest.ts';

/** Creates the message of a digest: figures for chat, and all of them for the page in an e-mail. */
export function createDigestMessage(digest: Digest, timeZone: string): Message {
  const { sites, interval, open } = digest;
  const events = sites.reduce((sum, site) => sum + site.events, 0);
  const orders = sites.reduce((sum, site) => sum + site.orders, 0);
  const days = formatPeriod(digest, timeZone);
  const title = `${interval === 'daily' ? 'Daily' : 'Weekly'} summary, ${days}`;
  const sentence = `${formatCount(sites.length, 'shop')} reported ${formatCount(orders, 'order')} and ${formatCount(events, 'event')}. ${describeOpen(open.length)}`;
  return {
    kind: 'digest',
    on: 'digest',
    isUrgent: false,
    title,
    sentence,
    figures: listDigestFigures(digest),
    path: '/',
    digest,
  };
}

/** Chat services show few figures, so that a digest of many shops names the first ones. */
const shownSites = 15;

function listDigestFigures({ sites, open, activity }: Digest): readonly Figure[] {
  return [
    ...sites.slice(0, shownSites).map(({ name, orders, ordersBefore, connections }) => {
      const sent = connections.map(
        ({ connection, delivered, added = 0 }) =>
          `${connection} ${formatNumber(delivered)}${added > 0 ? ` (rules added ${formatNumber(added)})` : ''}`,
      );
      const change = describeChange(orders, ordersBefore);
      return {
        label: name,
        value: `${formatCount(orders, 'order')}${change === '' ? '' : ` (${change})`}${sent.length > 0 ? `; delivered: ${sent.join(', ')}` : ''}`,
      };
    }),
    ...(sites.length > shownSites ? [{ label: 'More', value: formatCount(sites.length - shownSites, 'further shop') }] : []),
    ...open.slice(0, 3).map(({ title }) => ({ label: 'Needs attention', value: title })),
    ...(activity === undefined ? [] : [{ label: 'Activity', value: activity }]),
  ];
}

function describeOpen(open: number): string {
  return open === 0 ? 'Nothing needs attention.' : `${formatCount(open, 'problem needs', 'problems need')} attention.`;
}

/** Describes a change against the period before. Empty if that had nothing. */
export function describeChange(now: number, before: number): string {
  if (before === 0) return '';
  const change = Math.round((100 * (now - before)) / before);
  return change === 0 ? 'as before' : `${change > 0 ? '+' : '−'}${formatPercent(Math.abs(change), 100)}`;
}

function formatPeriod({ since, until, interval }: Digest, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'short', year: 'numeric' });
  return interval === 'daily' ? format.format(since) : format.formatRange(since, until - 1).replaceAll(/\s+/g, ' ');
}

export function formatNumber(count: number): string {
  return count.toLocaleString('en-GB');
}
