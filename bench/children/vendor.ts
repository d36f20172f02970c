import { createServer } from 'node:http';
import { z } from 'zod';
import { serveParent } from '../child.ts';
import { listen, readBody, sendJson } from '../plain-http.ts';

/** A platform that accepts all events at little cost, and records the time of its response per event. */
let answeredAt: Record<string, number> = {};
let events = 0;

const server = createServer(async (request, response) => {
  const { data }: { data: readonly { eventId: string }[] } = JSON.parse(await readBody(request));
  sendJson(response, 200, { eventsReceived: data.length });
  const now = Date.now();
  for (const { eventId } of data) answeredAt[eventId] = now;
  events += data.length;
});

serveParent(
  z.object({ do: z.enum(['start', 'forget', 'count', 'answered']) }),
  async (request) => {
    switch (request.do) {
      case 'start':
        return listen(server);
      case 'forget':
        answeredAt = {};
        events = 0;
        return undefined;
      case 'count':
        return events;
      case 'answered':
        return answeredAt;
    }
  },
  async () => server.closeAllConnections(),
);
