import { connect, isIP, type Socket } from 'node:net';
import { createTransport } from 'nodemailer';
import type { AlertChannel } from '../../config/alerts.ts';
import { guardedLookup, isNonPublicAddress } from '../../net/ssrf-guard.ts';
import { formatText, type RenderedMessage } from '../message.ts';
import type { ChannelResult } from './channel-result.ts';
import { renderEmail } from './email-html.ts';

type EmailChannel = Extract<AlertChannel, { readonly type: 'email' }>;

const timeoutMs = 10_000;

/**
 * Sends a message by SMTP. The message id is made of the id of the message, so that mail servers recognize a repetition.
 * @param allowsPrivate allows loopback and private addresses; otherwise the address that was checked is the one that is connected to
 */
export async function sendEmail(
  channel: EmailChannel,
  id: string,
  message: RenderedMessage,
  allowsPrivate: boolean,
): Promise<ChannelResult> {
  const { host, port, security, user, password, from, to } = channel;
  const transport = createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(user !== undefined && { auth: { user, pass: password ?? '' } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
    getSocket: (_options, callback) => {
      openSocket(host, port, allowsPrivate).then(
        (connection) => callback(null, { connection }),
        (error: Error) => callback(error),
      );
    },
  });
  try {
    const prefix = message.kind === 'ended' ? 'Resolved: ' : message.isUrgent ? 'Urgent: ' : '';
    await transport.sendMail({
      from,
      to: [...to],
      subject: `${prefix}${message.title}`,
      text: formatText(message),
      html: message.html ?? renderEmail(message),
      messageId: `<${Buffer.from(`${channel.id}/${id}`).toString('hex')}@convey.invalid>`,
      // Keeps automatic replies away. @source https://www.rfc-editor.org/rfc/rfc3834#section-5
      headers: { 'auto-submitted': 'auto-generated' },
    });
    return { isSent: true };
  } catch (error) {
    return { isSent: false, problem: describeMailError(error) };
  } finally {
    transport.close();
  }
}

/** Opens a connection to a checked address. */
function openSocket(host: string, port: number, allowsPrivate: boolean): Promise<Socket> {
  if (!allowsPrivate && isIP(host) !== 0 && isNonPublicAddress(host)) return Promise.reject(new Error('EPRIVATE'));
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, ...(!allowsPrivate && { lookup: guardedLookup() }) });
    const fail = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    socket.setTimeout(timeoutMs, () => fail(Object.assign(new Error('connection timed out'), { code: 'ETIMEDOUT' })));
    socket.once('error', fail);
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('error', fail);
      resolve(socket);
    });
  });
}

/** Describes a failure without the server's words, which may repeat addresses. */
function describeMailError(error: unknown): string {
  if (!(error instanceof Error)) return 'the mail was not sent';
  const status = 'responseCode' in error && typeof error.responseCode === 'number' ? ` (${error.responseCode})` : '';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.message === 'EPRIVATE' ? 'EPRIVATE' : '';
  const known: Readonly<Record<string, string>> = {
    EAUTH: 'the server refused user name and password',
    EENVELOPE: 'the server refused the sender or a receiver',
    ETLS: 'the server offers no valid encryption',
    ESOCKET: 'the connection failed',
    ECONNECTION: 'the connection failed',
    ECONNREFUSED: 'the server refused the connection',
    ETIMEDOUT: 'the server did not respond in time',
    EDNS: 'the name of the server is unknown',
    ENOTFOUND: 'the name of the server is unknown',
    EPRIVATE: 'the address of the server is private',
    EMESSAGE: 'the server refused the message',
  };
  return `${known[code] ?? 'the mail was not sent'}${status}`;
}
