import { fork } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';

/** A separate process, so that measured code shares no thread, heap or garbage collector with the measurement. */
export interface Child {
  /** Sends one request at a time. Rejects if the child failed or ended. */
  request<T>(body: object, result: z.ZodType<T>): Promise<T>;
  stop(): Promise<void>;
}

const replySchema = z.union([z.object({ result: z.unknown() }), z.object({ failed: z.string() })]);

/** Starts a file of `children/`. The process ends with its parent. */
export function startChild(module: URL, execArgv: readonly string[] = []): Child {
  const child = fork(module, { execArgv: [...execArgv] });
  const exited = once(child, 'exit');
  return {
    async request(body, result) {
      const message = once(child, 'message', { signal: AbortSignal.timeout(900_000) });
      child.send(body);
      const first = await Promise.race([message, exited.then(() => undefined)]);
      if (first === undefined) throw new Error(`${module.pathname} ended before it answered. See its output above.`);
      const reply = replySchema.parse(first[0]);
      if ('failed' in reply) throw new Error(`${module.pathname}: ${reply.failed}`);
      return result.parse(reply.result);
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

/** The reply of each server when it listens. */
export const startedReply = z.object({ url: z.url() });

/** Returns the process's CPU time on all threads so far, in microseconds. */
export function readCpu(child: Child): Promise<number> {
  return child.request(cpuRequest, z.number());
}

const cpuRequest = { do: 'cpu' } as const;
const cpuRequestSchema = z.object({ do: z.literal(cpuRequest.do) });

/** Serves the parent's requests, including `readCpu`, until the parent disconnects. Then cleans up and exits. */
export function serveParent<Body>(schema: z.ZodType<Body>, handle: (body: Body) => unknown, cleanUp: () => Promise<void>): void {
  process.on('message', (message) => {
    const run = () => (cpuRequestSchema.safeParse(message).success ? readCpuMicros() : handle(schema.parse(message)));
    new Promise((resolve) => resolve(run())).then(
      (result) => process.send?.({ result: result ?? null }),
      (error: unknown) => process.send?.({ failed: error instanceof Error ? error.message : String(error) }),
    );
  });
  process.once('disconnect', () => void cleanUp().finally(() => process.exit()));
}

function readCpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
