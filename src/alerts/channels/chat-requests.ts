import type { HttpRequest } from '../../destinations/kit/destination.ts';
import type { UnixMs } from '../../event/units.ts';
import { formatText, listFigures, type RenderedMessage, truncateText } from '../message.ts';

/** The requests of chat services. Each has its own form of message and its own limits. */

function createJsonRequest(url: string, body: unknown): HttpRequest {
  return { method: 'POST', url, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/**
 * Escapes Markdown and addresses, so that no name of a site becomes a link or a style. Remedies are Convey's own and have no names.
 * @source https://spec.commonmark.org/0.31.2/#backslash-escapes
 */
function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\\`*_~|<>[\]]|:(?=\/\/)|(?<=^\s*)[#+-](?=[#+-]*\s)/gm, '\\$&');
}

/**
 * Creates a message in Slack's blocks. `text` is the notification. Texts with names are plain, so that no name becomes a link or a style.
 * @source https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks (2026-11-20): the webhook takes `text` and `blocks`
 * @source https://docs.slack.dev/reference/block-kit/blocks/header-block (2026-11-20): 150 characters, sections 3,000, 10 fields
 * @source https://docs.slack.dev/reference/block-kit/composition-objects/text-object (2026-11-28): `emoji` false keeps colon forms as text
 */
export function createSlackRequest(url: string, message: RenderedMessage): HttpRequest {
  const escapeText = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const plainText = (text: string, limit: number) => ({ type: 'plain_text', text: truncateText(text, limit), emoji: false });
  const section = (text: string) => ({ type: 'section', text: plainText(text, 3_000) });
  const figures = listFigures(message).map(({ label, value }) => `${label}: ${value}`);
  return createJsonRequest(url, {
    text: escapeText(`${getSign(message)} ${message.title}`),
    blocks: [
      { type: 'header', text: plainText(`${getSign(message)} ${message.title}`, 150) },
      section(message.sentence),
      ...(figures.length > 0 ? [section(figures.join('\n'))] : []),
      ...(message.remedy === undefined
        ? []
        : [{ type: 'section', text: { type: 'mrkdwn', text: message.remedy, verbatim: true } }]),
      { type: 'section', text: { type: 'mrkdwn', text: listLinks(message, (title, link) => `<${link}|${title}>`) } },
    ],
  });
}

/**
 * Creates an Adaptive Card for the webhook of a Teams workflow, or for an older incoming webhook.
 * @source https://learn.microsoft.com/en-us/adaptive-cards/authoring-cards/text-features (2026-11-28): texts are a subset of CommonMark
 * @source https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook (2026-11-20)
 */
export function createTeamsRequest(url: string, message: RenderedMessage): HttpRequest {
  const text = (content: string, more = {}) => ({ type: 'TextBlock', text: truncateText(content, 4_000), wrap: true, ...more });
  const facts = listFigures(message).map(({ label, value }) => ({ title: escapeMarkdown(label), value: escapeMarkdown(value) }));
  return createJsonRequest(url, {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            text(`${getSign(message)} ${escapeMarkdown(message.title)}`, { size: 'Medium', weight: 'Bolder' }),
            text(escapeMarkdown(message.sentence)),
            ...(facts.length > 0 ? [{ type: 'FactSet', facts }] : []),
            ...(message.remedy === undefined ? [] : [text(message.remedy)]),
          ],
          actions: [
            { type: 'Action.OpenUrl', title: 'Open in Convey', url: message.url },
            ...(message.runbook === undefined ? [] : [{ type: 'Action.OpenUrl', title: 'Steps', url: message.runbook }]),
          ],
        },
      },
    ],
  });
}

/** Returns the links of a message, each in the form of a channel. */
function listLinks({ url, runbook }: RenderedMessage, format: (title: string, link: string) => string): string {
  return [format('Open in Convey', url), ...(runbook === undefined ? [] : [format('Steps', runbook)])].join(' · ');
}

/** The colours of the embed's edge, as in the dashboard. */
const discordColours = { began: 0xe8590c, urgent: 0xc92a2a, ended: 0x2b8a3e, other: 0x1c7ed6 };

/**
 * Creates an embed. Mentions are disabled, so that no name of a site can address people.
 * @source https://discord.com/developers/docs/resources/webhook#execute-webhook (2026-11-20)
 * @source https://discord.com/developers/docs/resources/message#embed-object-embed-limits (2026-11-20): title 256, description 4,096, 25 fields
 */
export function createDiscordRequest(url: string, message: RenderedMessage): HttpRequest {
  const { kind, isUrgent, title, sentence, remedy, runbook } = message;
  const colour = kind === 'began' ? (isUrgent ? 'urgent' : 'began') : kind === 'ended' ? 'ended' : 'other';
  const fields = listFigures(message)
    .slice(0, 20)
    .map(({ label, value }) => ({
      name: truncateText(escapeMarkdown(label), 256),
      value: truncateText(escapeMarkdown(value), 200),
      inline: true,
    }));
  const steps = runbook === undefined ? undefined : `[Steps](${runbook})`;
  const text = truncateText([escapeMarkdown(sentence), remedy].filter((part) => part !== undefined).join('\n\n'), 1_500);
  const description = [text, steps].filter((part) => part !== undefined).join('\n\n');
  return createJsonRequest(url, {
    allowed_mentions: { parse: [] },
    embeds: [
      {
        title: truncateText(`${getSign(message)} ${escapeMarkdown(title)}`, 200),
        description,
        url: message.url,
        color: discordColours[colour],
        fields,
      },
    ],
  });
}

/** The stored message, which is the same at each attempt. */
export interface MessageOrigin {
  readonly id: string;
  readonly createdAt: UnixMs;
}

/** Creates the body of the signed webhook, the same at each attempt. Its `type` and `data` are those of Standard Webhooks. */
export function createWebhookRequest(url: string, { id, createdAt }: MessageOrigin, message: RenderedMessage): HttpRequest {
  const { digest: _, path: __, period: ___, subject: ____, issue: _____, kind, ...data } = message;
  const type = `alert.${kind}`;
  return createJsonRequest(url, {
    type,
    timestamp: new Date(createdAt).toISOString(),
    data: { id, ...data, text: formatText(message) },
  });
}

/** Returns the sign before a title. Chat services show it as a picture. */
function getSign({ kind, isUrgent }: RenderedMessage): string {
  if (kind === 'ended') return '✅';
  if (kind !== 'began') return 'ℹ️';
  return isUrgent ? '🔴' : '🟠';
}
