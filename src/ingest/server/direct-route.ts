import type { IncomingMessage } from 'node:http';
import type { Reply } from '../http/error-response.ts';
import type { DirectHandler } from '../http/http-server.ts';
import { readDeclaredBody } from '../http/read-body.ts';
import { readIncoming } from '../http/read-incoming.ts';
import { type EventsRequest, maxBodyBytes } from './receive-events.ts';

/** The hosts that Hono's server does not parse, so that it cannot refuse them either. */
const plainHost = /^[a-z0-9._-]+(?::[1-5]\d{3,4})?$/;

export interface DirectRouteDeps {
  /** Reports a fault, and returns the reply to the request that met it. */
  readonly replyToFault: (fault: unknown) => Reply;
  readonly countRefused: (code: string) => void;
}

/**
 * Creates the handler of plain requests to `POST /v1/events`: the same as the route, without Hono and web streams, which cost as much as the
 * parsing of a body. A request with any unusual feature is left to the route.
 */
export function createDirectRoute(
  receiveEvents: (request: EventsRequest) => Promise<Reply>,
  { replyToFault, countRefused }: DirectRouteDeps,
): DirectHandler {
  return (incoming, outgoing) => {
    const bodyLength = getPlainLength(incoming);
    if (bodyLength === undefined) return false;
    const { headers, socket } = incoming;
    void receiveEvents({
      remoteAddress: socket.remoteAddress,
      header: (name) => getHeader(headers, name),
      readBody: (reserve) => readDeclaredBody(bodyLength, reserve, () => readIncoming(incoming, bodyLength)),
    })
      .catch(replyToFault)
      .then(({ status, body, headers: replyHeaders, refused }) => {
        if (refused !== undefined) countRefused(refused);
        // Node sends a text together with the headers.
        const text = JSON.stringify(body);
        const length = Buffer.byteLength(text);
        outgoing.writeHead(status, { 'content-type': 'application/json', 'content-length': length, ...replyHeaders });
        outgoing.end(text);
      })
      .catch((fault: unknown) => {
        // The reply itself failed. An error that left this handler would end the process.
        outgoing.destroy();
        replyToFault(fault);
      })
      .catch(() => {});
    return true;
  };
}

function getHeader(headers: IncomingMessage['headers'], name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** Returns the declared length of a plain request's body, or `undefined` if the request is not plain. */
function getPlainLength({ method, url, headers, rawHeaders }: IncomingMessage): number | undefined {
  if (method !== 'POST' || url !== '/v1/events' || headers['content-encoding'] !== undefined) return undefined;
  const length = Number(headers['content-length'] ?? 0);
  if (!(length > 0 && length <= maxBodyBytes) || !plainHost.test(headers.host ?? '')) return undefined;
  // Node drops or joins repeated headers by rules of its own.
  return Object.keys(headers).length * 2 === rawHeaders.length ? length : undefined;
}
