import { createHash, createHmac } from 'node:crypto';

/** A request with a body, as far as its signature needs it. */
interface SignableRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How a receiver's messages are signed. */
interface Signing {
  /** `whsec_` and Base64; several during a rotation. */
  readonly secrets: readonly string[];
  /** Returns a name of the message that is the same at each attempt. */
  readonly nameMessage: (body: string) => string;
}

/**
 * Returns the request with the headers of Standard Webhooks. The message id is the same at each attempt, so that a receiver can use it as an
 * idempotency key; the time and the signature are those of this attempt.
 * @param at milliseconds since 1970
 * @param sender the connection; two connections with one receiver send two messages
 * @source https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (2026-08-17)
 */
export function signRequest<Request extends SignableRequest>(
  request: Request,
  { secrets, nameMessage }: Signing,
  sender: string,
  at: number,
): Request {
  const { body } = request;
  const digest = createHash('sha256').update(JSON.stringify([sender, nameMessage(body)]));
  const id = `msg_${digest.digest('base64url').slice(0, 32)}`;
  const timestamp = String(Math.floor(at / 1_000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  const signed = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
  return { ...request, headers: { ...request.headers, ...signed } };
}
