import { secondMs } from '../../event/units.ts';
import type { Sender } from './http-sender.ts';

/** Returns a sender that reports the time of each request in seconds, also of one without a response. */
export function timeRequests(sender: Sender, onRequest: (seconds: number) => void): Sender {
  return {
    async send(request) {
      const startedAt = performance.now();
      try {
        return await sender.send(request);
      } finally {
        onRequest((performance.now() - startedAt) / secondMs);
      }
    },
    close: () => sender.close(),
  };
}
