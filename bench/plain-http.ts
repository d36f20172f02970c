import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/** The common part of the reference servers: the minimum for the same request. */

export interface SentEvent {
  readonly id: string;
  readonly name: string;
}

/** Returns the body's events, parsed only. */
export async function readEvents(request: IncomingMessage): Promise<readonly SentEvent[]> {
  const { events }: { events: readonly SentEvent[] } = JSON.parse(await readBody(request));
  return events;
}

export function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', reject);
    request.on('end', () => resolve(Buffer.concat(chunks).toString()));
  });
}

/** Sends the same response as Convey. */
export function acknowledge(response: ServerResponse, events: readonly SentEvent[], accepted: number): void {
  const ids = events.map(({ id }) => id);
  sendJson(response, 202, { accepted, duplicates: events.length - accepted, rejected: [], warnings: [], ids });
}

export function sendJson(response: ServerResponse, status: number, content: object): void {
  const body = JSON.stringify(content);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
}

/** Listens on a free local port. */
export async function listen(server: Server): Promise<{ readonly url: string }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}` };
}
