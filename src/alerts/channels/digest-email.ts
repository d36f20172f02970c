import { formatCount, formatDuration, formatPercent } from '../../event/format-numbers.ts';
import type { Digest, DigestConnection, DigestSite } from '../digest/digest.ts';
import { describeChange, formatNumber } from '../digest/digest-message.ts';
import type { RenderedMessage } from '../message.ts';
import { escapeHtml, renderEmailPage, renderHeading, renderLink, renderParagraph } from './email-html.ts';

/** Renders the page of a digest for e-mail. */
export function renderDigest(
  { sites, open, began, until, interval, activity }: Digest,
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
    renderHeading(title),
    renderParagraph(sentence),
    attention,
    renderParagraph(alerts),
    ...sites.map(renderSite),
    ...(activity === undefined ? [] : [renderParagraph(`Activity: ${activity}.`)]),
    renderLink(url, 'Open in Convey'),
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
    `<table role="presentation" style="width:100%;margin:0 0 ${rows.length === 0 ? 16 : 0}px;border-collapse:collapse"><tr>${total('orders', orders, ordersBefore)}${total('events', events, eventsBefore)}</tr></table>`,
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
