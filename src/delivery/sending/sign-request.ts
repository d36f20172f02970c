import { createHash, createHmac } from 'node:crypto';
import type { BoundDestination, HttpRequest } from '../../destinations/kit/destination.ts';
import { secondMs, type UnixMs } from '../../event/units.ts';

/**
 * Returns the request with the headers of Standard Webhooks. The message id is the same at each attempt, so that a receiver can use it as an
 * idempotency key; the time and the signature are those of this attempt.
 * @param sender the connection; two connections with one receiver send two messages
 * @source https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (2026-08-17)
 */
export function signRequest(
  request: HttpRequest,
  { secrets, nameMessage }: NonNullable<BoundDestination['sign']>,
  sender: string,
  at: UnixMs,
): HttpRequest {
  const { body } = request;
  const digest = createHash('sha256').update(JSON.stringify([sender, nameMessage(body)]));
  const id = `msg_${digest.digest('base64url').slice(0, 32)}`;
  const timestamp = String(Math.floor(at / secondMs));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  const signed = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
  return { ...request, headers: { ...request.headers, ...signed } };
}
