import { getConnInfo } from '@hono/node-server/conninfo';
import type { Hono } from 'hono';
import { type Reply, sendError, sendReply } from '../http/error-response.ts';
import { readBody } from '../http/read-body.ts';
import { type EventsRequest, maxBodyBytes } from './receive-events.ts';

const path = '/v1/events';

/** Mounts `POST /v1/events`. */
export function mountServerRoutes(app: Hono, receiveEvents: (request: EventsRequest) => Promise<Reply>): void {
  app.post(path, async (c) =>
    sendReply(
      c,
      await receiveEvents({
        remoteAddress: getConnInfo(c).remote.address,
        header: (name) => c.req.header(name),
        readBody: (reserve) => readBody(c.req.raw, maxBodyBytes, reserve, { isKnown: true }),
      }),
    ),
  );
  app.all(path, (c) => sendError(c, 'method-not-allowed', { allow: 'POST' }));
}
