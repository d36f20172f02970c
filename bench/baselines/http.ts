import { createServer } from 'node:http';
import { z } from 'zod';
import { serveParent } from '../child.ts';
import { acknowledge, listen, readEvents } from '../plain-http.ts';

/** The minimal HTTP server for the same request: reads and parses it, responds, and stores nothing. */
const server = createServer(async (request, response) => {
  const events = await readEvents(request);
  acknowledge(response, events, events.length);
});

serveParent(
  z.object({ do: z.literal('start') }),
  () => listen(server),
  async () => server.closeAllConnections(),
);
