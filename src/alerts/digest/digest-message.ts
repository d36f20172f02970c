import { formatCount, formatPercent } from '../../event/format-numbers.ts';
import { escapeHtml, heading, link, paragraph, renderEmailPage } from '../channels/email-html.ts';
import { formatDuration } from '../conditions.ts';
import type { Figure, Message, RenderedMessage } from '../message.ts';
import type { Digest, DigestConnection, DigestSite } from './digest.ts';

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

function listDigestFigures({ sites, open }: Digest): readonly Figure[] {
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
  ];
}

/** Renders the page of a digest for e-mail. */
export function renderDigest(
  { sites, open, began, until, interval }: Digest,
  { title, sentence, url }: Pick<RenderedMessage, 'title' | 'sentence' | 'url'>,
): string {
  const attention =
    open.length === 0
      ? ''
      : `<h2 class="text" style="${headingStyle}">Needs attention</h2><ul style="margin:0 0 16px;padding:0 0 0 20px">${open
          .map(
            ({ title: one, since }) =>
              `<li class="text" style="color:#1f2328;font-size:15px;line-height:1.55">${escapeHtml(one)} (open for ${formatDuration(Math.max(0, until - since))})</li>`,
          )
          .join('')}</ul>`;
  const alerts = `${began === 0 ? 'No alert' : formatCount(began, 'alert')} began in this time.`;
  const content = [
    heading(title),
    paragraph(sentence),
    attention,
    paragraph(alerts),
    ...sites.map(renderSite),
    link(url, 'Open in Convey'),
  ];
  return renderEmailPage(
    title,
    content.join('\n'),
    `Changes compare with the ${interval === 'daily' ? 'day' : 'week'} before. Delivered: events that the platform accepted, also those that rules added. Not delivered: events that it refused, or that became too old. Accounted for: orders of the last seven days that the platform has, or that the shopper or the settings excluded.`,
  );
}

const headingStyle = 'margin:24px 0 8px;color:#1f2328;font-size:16px;line-height:1.3';
const numberStyle =
  'padding:8px 0 8px 12px;border-top:1px solid #e9ecef;color:#1f2328;font-size:14px;text-align:right;white-space:nowrap';
const headStyle = 'padding:4px 0 4px 12px;color:#5c636a;font-size:12px;font-weight:400;text-align:right;vertical-align:bottom';

function renderSite({ name, events, eventsBefore, orders, ordersBefore, connections }: DigestSite): string {
  const total = (label: string, count: number, before: number) => {
    const change = describeChange(count, before);
    return (
      `<td style="width:50%;padding:0 12px 8px 0;vertical-align:top"><span class="text" style="color:#1f2328;font-size:24px;font-weight:600">${formatNumber(count)}</span>` +
      `<br><span class="dim" style="color:#5c636a;font-size:13px">${label}${change === '' ? '' : `, ${change}`}</span></td>`
    );
  };
  const rows = connections.map(renderConnection);
  const head = `<tr><th class="dim" scope="col" style="${headStyle};padding-left:0;text-align:left">Platform</th><th class="dim" scope="col" style="${headStyle}">Delivered</th><th class="dim" scope="col" style="${headStyle}">Not delivered</th><th class="dim" scope="col" style="${headStyle}">Orders accounted for</th></tr>`;
  return [
    `<h2 class="text" style="${headingStyle}">${escapeHtml(name)}</h2>`,
    `<table role="presentation" style="width:100%;border-collapse:collapse"><tr>${total('orders', orders, ordersBefore)}${total('events', events, eventsBefore)}</tr></table>`,
    rows.length === 0
      ? ''
      : `<table style="width:100%;margin:0 0 16px;border-collapse:collapse;table-layout:fixed"><colgroup><col style="width:37%"><col style="width:20%"><col style="width:21%"><col style="width:22%"></colgroup>${head}${rows.join('')}</table>`,
  ].join('\n');
}

function renderConnection({ connection, delivered, added = 0, dead, share }: DigestConnection): string {
  const cell = (text: string) => `<td class="text line" style="${numberStyle}">${text}</td>`;
  const note =
    added === 0 ? '' : `<br><span class="dim" style="color:#5c636a;font-size:12px">rules added ${formatNumber(added)}</span>`;
  return (
    `<tr><th class="text line" scope="row" style="padding:8px 0;border-top:1px solid #e9ecef;color:#1f2328;font-size:14px;font-weight:400;text-align:left;overflow-wrap:anywhere">${escapeHtml(connection)}${note}</th>` +
    `${cell(formatNumber(delivered))}${cell(formatNumber(dead))}${cell(share === undefined ? '–' : escapeHtml(formatPercent(share)))}</tr>`
  );
}

function describeOpen(open: number): string {
  return open === 0 ? 'Nothing needs attention.' : `${formatCount(open, 'problem needs', 'problems need')} attention.`;
}

/** Describes a change against the period before. Empty if that had nothing. */
function describeChange(now: number, before: number): string {
  if (before === 0) return '';
  const change = Math.round((100 * (now - before)) / before);
  return change === 0 ? 'as before' : `${change > 0 ? '+' : '−'}${Math.abs(change).toLocaleString('en-GB')} %`;
}

function formatPeriod({ since, until, interval }: Digest, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'short', year: 'numeric' });
  return interval === 'daily' ? format.format(since) : format.formatRange(since, until - 1).replaceAll(/\s+/g, ' ');
}

function formatNumber(count: number): string {
  return count.toLocaleString('en-GB');
}
