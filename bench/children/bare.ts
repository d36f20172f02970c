import { createServer } from 'node:http';
import { z } from 'zod';
import { serveParent } from '../child.ts';

/** The least that an HTTP server in Node can do with the same request: read it, parse it, answer the same, keep nothing. */
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { events }: { events: readonly { id: string }[] } = JSON.parse(Buffer.concat(chunks).toString());
    const answer = { accepted: events.length, duplicates: 0, rejected: [], warnings: [], ids: events.map(({ id }) => id) };
    const body = JSON.stringify(answer);
    response.writeHead(202, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
  });
});

serveParent(
  z.object({ do: z.literal('start') }),
  async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    return { url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}` };
  },
  async () => server.closeAllConnections(),
);
