import { expect, it } from 'vitest';
import { formatText, type RenderedMessage, renderMessage } from '../message.ts';
import { createDiscordRequest, createSlackRequest, createTeamsRequest } from './chat-requests.ts';
import { renderEmail } from './email-html.ts';
import { sendMessage } from './send-message.ts';

const name = '[Tea](https://bad.example) *House* <@1>\n# https://bad.example';
const message: RenderedMessage = {
  kind: 'began',
  on: 'paused',
  isUrgent: false,
  title: name,
  sentence: `${name} is paused.`,
  figures: [{ label: name, value: name }],
  remedy: 'Run `convey connections list`.',
  path: '/',
  url: 'https://convey.shop.example/',
};
const escaped = '\\\\[Tea\\\\](https\\\\://bad.example) \\\\*House\\\\* \\\\<@1\\\\>\\n\\\\# https\\\\://bad.example';

it('a name with Markdown or an address becomes no link in Teams and Discord, and the command of a remedy is kept', () => {
  for (const create of [createTeamsRequest, createDiscordRequest]) {
    const { body = '' } = create('https://chat.example/', message);
    expect(body.split(escaped)).toHaveLength(5);
    expect(body).not.toMatch(/(?<!\\)\[Tea|https:\/\/bad/);
    expect(body).toContain('`convey connections list`');
  }
});

it('a name with Markdown, an emoji or an address is plain text in Slack', () => {
  const { blocks } = JSON.parse(String(createSlackRequest('https://chat.example/', message).body));
  const texts = blocks.map(({ text }: { readonly text: Readonly<Record<string, unknown>> }) => text);
  const named = texts.filter(({ text }: { readonly text: string }) => text.includes('bad.example'));
  expect(named).toHaveLength(3);
  for (const text of named) expect(text).toMatchObject({ type: 'plain_text', emoji: false, text: expect.stringContaining(name) });
});

it('each channel links to the steps for a problem that began, and to none for one that ended', () => {
  const options = { dashboardUrl: 'https://convey.shop.example/', timeZone: 'UTC' };
  const steps = 'https://convey.shop.example/runbooks#connection-paused';
  const [began, ended] = (['began', 'ended'] as const).map((kind) => renderMessage({ ...message, kind }, options));
  if (!began || !ended) throw new Error('two messages are rendered');
  for (const show of [createSlackRequest, createTeamsRequest, createDiscordRequest]) {
    expect(show('https://chat.example/', began).body).toContain(steps);
    expect(show('https://chat.example/', ended).body).not.toContain('/runbooks');
  }
  for (const show of [formatText, renderEmail]) {
    expect(show(began)).toContain(steps);
    expect(show(ended)).not.toContain('/runbooks');
  }
});

it('a webhook of Teams that responds with 200 and an error has not accepted the message', async () => {
  const send = (body: string) =>
    sendMessage({ id: 'ops', type: 'teams', url: 'https://chat.example/' }, { id: 'paused', createdAt: 0 }, message, {
      send: async () => ({ response: { status: 200, headers: {}, body, incomplete: false } }),
      allowPrivateDestinations: false,
      now: () => 0,
      signal: new AbortController().signal,
    });
  const refused = await send('Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 413');
  expect([refused.isSent, (await send('1')).isSent]).toEqual([false, true]);
});
