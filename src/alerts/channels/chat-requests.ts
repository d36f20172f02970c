import type { HttpRequest } from '../../destinations/kit/destination.ts';
import { formatText, listFigures, type RenderedMessage, truncateText } from '../message.ts';

/** The requests of chat services. Each has its own form of message and its own limits. */

function postJson(url: string, body: unknown): HttpRequest {
  return { method: 'POST', url, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/**
 * Creates a message in Slack's blocks. `text` is the notification.
 * @source https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks (2026-11-20): the webhook takes `text` and `blocks`
 * @source https://docs.slack.dev/reference/block-kit/blocks/header-block (2026-11-20): 150 characters, sections 3,000, 10 fields
 */
export function createSlackRequest(url: string, message: RenderedMessage): HttpRequest {
  const escapeText = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text: truncateText(escapeText(text), 3_000) } });
  const figures = listFigures(message).map(({ label, value }) => `${label}: ${value}`);
  return postJson(url, {
    text: escapeText(`${mark(message)} ${message.title}`),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: truncateText(`${mark(message)} ${message.title}`, 150) } },
      section(message.sentence),
      ...(figures.length > 0 ? [section(figures.join('\n'))] : []),
      ...(message.remedy === undefined ? [] : [section(message.remedy)]),
      { type: 'section', text: { type: 'mrkdwn', text: `<${message.url}|Open in Convey>` } },
    ],
  });
}

/**
 * Creates an Adaptive Card for the webhook of a Teams workflow, or for an older incoming webhook.
 * @source https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook (2026-11-20)
 */
export function createTeamsRequest(url: string, message: RenderedMessage): HttpRequest {
  const text = (content: string, more = {}) => ({ type: 'TextBlock', text: truncateText(content, 4_000), wrap: true, ...more });
  const facts = listFigures(message).map(({ label, value }) => ({ title: label, value }));
  return postJson(url, {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            text(`${mark(message)} ${message.title}`, { size: 'Medium', weight: 'Bolder' }),
            text(message.sentence),
            ...(facts.length > 0 ? [{ type: 'FactSet', facts }] : []),
            ...(message.remedy === undefined ? [] : [text(message.remedy)]),
          ],
          actions: [{ type: 'Action.OpenUrl', title: 'Open in Convey', url: message.url }],
        },
      },
    ],
  });
}

/** The colours of the embed's edge, as in the dashboard. */
const discordColours = { began: 0xe8590c, urgent: 0xc92a2a, ended: 0x2b8a3e, other: 0x1c7ed6 };

/**
 * Creates an embed. Mentions are disabled, so that no name of a site can address people.
 * @source https://discord.com/developers/docs/resources/webhook#execute-webhook (2026-11-20)
 * @source https://discord.com/developers/docs/resources/message#embed-object-embed-limits (2026-11-20): title 256, description 4,096, 25 fields
 */
export function createDiscordRequest(url: string, message: RenderedMessage): HttpRequest {
  const { kind, isUrgent, title, sentence, remedy } = message;
  const colour = kind === 'began' ? (isUrgent ? 'urgent' : 'began') : kind === 'ended' ? 'ended' : 'other';
  const fields = listFigures(message)
    .slice(0, 20)
    .map(({ label, value }) => ({ name: truncateText(label, 256), value: truncateText(value, 200), inline: true }));
  const description = truncateText([sentence, remedy].filter((part) => part !== undefined).join('\n\n'), 1_500);
  return postJson(url, {
    allowed_mentions: { parse: [] },
    embeds: [
      {
        title: truncateText(`${mark(message)} ${title}`, 200),
        description,
        url: message.url,
        color: discordColours[colour],
        fields,
      },
    ],
  });
}

/** Creates the body of the signed webhook. Its `type` and `data` are those of Standard Webhooks. */
export function createWebhookRequest(url: string, id: string, message: RenderedMessage, at: number): HttpRequest {
  const { digest: _, path: __, period: ___, kind, ...data } = message;
  const type = `alert.${kind}`;
  return postJson(url, { type, timestamp: new Date(at).toISOString(), data: { id, ...data, text: formatText(message) } });
}

/** Returns the sign before a title. Chat services show it as a picture. */
function mark({ kind, isUrgent }: RenderedMessage): string {
  if (kind === 'ended') return '✅';
  if (kind !== 'began') return 'ℹ️';
  return isUrgent ? '🔴' : '🟠';
}
