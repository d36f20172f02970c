import { createServer } from 'node:http';
import { z } from 'zod';
import { serveParent } from '../child.ts';
import { acknowledge, listen, readEvents } from '../plain-http.ts';

/** The least that an HTTP server in Node can do with the same request: read it, parse it, answer the same, keep nothing. */
const server = createServer(async (request, response) => {
  const events = await readEvents(request);
  acknowledge(response, events, events.length);
});

serveParent(
  z.object({ do: z.literal('start') }),
  () => listen(server),
  async () => server.closeAllConnections(),
);
