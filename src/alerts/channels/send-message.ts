import type { AlertChannel } from '../../config/alerts.ts';
import type { HttpRequest, HttpResponse } from '../../destinations/kit/destination.ts';
import { errorMessage } from '../../errors.ts';
import type { UnixMs } from '../../event/units.ts';
import { signRequest } from '../../net/sign-request.ts';
import type { RenderedMessage } from '../message.ts';
import type { ChannelResult } from './channel-result.ts';
import {
  createDiscordRequest,
  createSlackRequest,
  createTeamsRequest,
  createWebhookRequest,
  type MessageOrigin,
} from './chat-requests.ts';

export interface ChannelDeps {
  /** Sends a request as to a platform: guarded against private addresses, without redirects. */
  readonly send: (
    request: HttpRequest,
  ) => Promise<{ readonly response: HttpResponse } | { readonly notSent: string } | { readonly unknown: string }>;
  readonly allowPrivateDestinations: boolean;
  readonly now: () => UnixMs;
  /** Ends the sending of a mail, which may take minutes. */
  readonly signal: AbortSignal;
}

/**
 * The older incoming webhooks of Teams respond with 200 and this text if the message does not arrive.
 * @source https://github.com/MicrosoftDocs/msteams-docs/issues/1810 (2020-06-25): errors are wrapped with 200
 */
const teamsFailure = 'Webhook message delivery failed with error';

/** Sends one message to one channel. Never throws. */
export async function sendMessage(
  channel: AlertChannel,
  origin: MessageOrigin,
  message: RenderedMessage,
  { send, allowPrivateDestinations, now, signal }: ChannelDeps,
): Promise<ChannelResult> {
  if (channel.type === 'email') {
    // Loaded on demand: most gateways never send mail, and its library would delay every start.
    const mail = await import('./email.ts').catch(errorMessage);
    if (typeof mail === 'string') return { isSent: false, problem: `the mail library cannot be loaded (${mail})` };
    return mail.sendEmail(channel, origin.id, message, { allowPrivateDestinations, signal });
  }
  const result = await send(createRequest(channel, origin, message, now()));
  if ('notSent' in result) return { isSent: false, problem: `the address cannot be reached (${result.notSent})` };
  if ('unknown' in result) return { isSent: false, problem: `no response arrived (${result.unknown})`, isUnclear: true };
  const { status, headers, body } = result.response;
  if (channel.type === 'teams' && body.startsWith(teamsFailure))
    return { isSent: false, problem: 'Teams did not deliver the message' };
  if (status >= 200 && status < 300) return { isSent: true };
  const retryAfter = headers['retry-after'];
  return { isSent: false, problem: `the response was HTTP ${status}`, ...(retryAfter !== undefined && { retryAfter }) };
}

function createRequest(
  channel: Exclude<AlertChannel, { readonly type: 'email' }>,
  origin: MessageOrigin,
  message: RenderedMessage,
  at: UnixMs,
): HttpRequest {
  switch (channel.type) {
    case 'slack':
      return createSlackRequest(channel.url, message);
    case 'teams':
      return createTeamsRequest(channel.url, message);
    case 'discord':
      return createDiscordRequest(channel.url, message);
    case 'webhook': {
      const request = createWebhookRequest(channel.url, origin, message);
      return signRequest(request, { secrets: channel.secrets, nameMessage: () => origin.id }, `alerts/${channel.id}`, at);
    }
  }
}

/** Returns whether the receivers of a channel recognize a repeated message by its id. */
export function recognizesRepeats({ type }: Pick<AlertChannel, 'type'>): boolean {
  return type === 'webhook';
}
