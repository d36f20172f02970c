import { connect, isIP, type Socket } from 'node:net';
import { createTransport } from 'nodemailer';
import type { AlertChannel } from '../../config/alerts.ts';
import { formatCount } from '../../event/format-numbers.ts';
import { secondMs } from '../../event/units.ts';
import { guardedLookup, isNonPublicAddress } from '../../net/ssrf-guard.ts';
import { formatText, type RenderedMessage } from '../message.ts';
import type { ChannelResult } from './channel-result.ts';
import { renderDigest } from './digest-email.ts';
import { renderEmail } from './email-html.ts';

type EmailChannel = Extract<AlertChannel, { readonly type: 'email' }>;

const connectionTimeoutMs = 10 * secondMs;

/**
 * Sends a message by SMTP. The message id is made of the id of the message, so that mail servers recognize a repetition.
 * `allowPrivateDestinations` allows loopback and private addresses; otherwise the address that was checked is the one that is connected to.
 * `signal` ends the attempt.
 */
export async function sendEmail(
  channel: EmailChannel,
  id: string,
  message: RenderedMessage,
  { allowPrivateDestinations, signal }: { readonly allowPrivateDestinations: boolean; readonly signal: AbortSignal },
): Promise<ChannelResult> {
  const { host, port, security, user, password, from, to } = channel;
  let socket: Socket | undefined;
  let isHandedOver = false;
  const transport = createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(user !== undefined && { auth: { user, pass: password ?? '' } }),
    connectionTimeout: connectionTimeoutMs,
    greetingTimeout: connectionTimeoutMs,
    logger: watchContent(() => {
      isHandedOver = true;
    }),
    disableFileAccess: true,
    disableUrlAccess: true,
    getSocket: (_options, callback) => {
      openSocket(host, port, allowPrivateDestinations).then(
        (connection) => {
          socket = connection;
          if (signal.aborted) connection.destroy();
          callback(null, { connection });
        },
        (error: Error) => callback(error),
      );
    },
  });
  const deadline = Promise.withResolvers<never>();
  const end = () => {
    socket?.destroy();
    deadline.reject(Object.assign(new Error('the attempt ended'), { code: 'ETIMEDOUT' }));
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    const prefix = message.kind === 'ended' ? 'Resolved: ' : message.isUrgent ? 'Urgent: ' : '';
    const sending = transport.sendMail({
      from,
      to: [...to],
      subject: `${prefix}${message.title}`,
      text: formatText(message),
      html: message.digest ? renderDigest(message.digest, message) : renderEmail(message),
      messageId: `<${Buffer.from(`${channel.id}/${id}`).toString('hex')}@convey.invalid>`,
      // Keeps automatic replies away. @source https://www.rfc-editor.org/rfc/rfc3834#section-5
      headers: { 'auto-submitted': 'auto-generated' },
    });
    const { rejected } = await Promise.race([sending, deadline.promise]);
    if (rejected.length === 0) return { isSent: true };
    return { isSent: true, problem: `the server refused ${rejected.length} of ${formatCount(to.length, 'receiver')}` };
  } catch (error) {
    if (isHandedOver && readStatus(error) === undefined)
      return { isSent: false, problem: 'no response to the mail arrived', isUnclear: true };
    return { isSent: false, problem: describeMailError(error) };
  } finally {
    signal.removeEventListener('abort', end);
    transport.close();
  }
}

/** Creates a logger that writes nothing, and reports when the whole content of a mail was sent. */
function watchContent(onSent: () => void) {
  const ignore = () => {};
  const info = (entry: unknown) => {
    if (typeof entry === 'object' && entry !== null && 'tnx' in entry && entry.tnx === 'message') onSent();
  };
  return { trace: ignore, debug: ignore, info, warn: ignore, error: ignore, fatal: ignore };
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
    socket.setTimeout(connectionTimeoutMs, () => fail(Object.assign(new Error('connection timed out'), { code: 'ETIMEDOUT' })));
    socket.once('error', fail);
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('error', fail);
      resolve(socket);
    });
  });
}

function readStatus(error: unknown): number | undefined {
  return error instanceof Error && 'responseCode' in error && typeof error.responseCode === 'number' && error.responseCode > 0
    ? error.responseCode
    : undefined;
}

/** Describes a failure without the server's words, which may repeat addresses. */
function describeMailError(error: unknown): string {
  if (!(error instanceof Error)) return 'the mail was not sent';
  const response = readStatus(error);
  const status = response === undefined ? '' : ` (${response})`;
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
