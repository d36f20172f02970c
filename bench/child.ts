import { fork } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';

/** A process of its own, so that nobody measured shares a thread, a heap or a garbage collector with who measures. */
export interface Child {
  /** One question at a time. @throws when the child could not answer it, or ended. */
  ask<T>(question: object, answer: z.ZodType<T>): Promise<T>;
  stop(): Promise<void>;
}

const replySchema = z.union([z.object({ said: z.unknown() }), z.object({ failed: z.string() })]);

/** Starts a file of `children/`; it ends with its parent, however that ends. */
export function startChild(module: URL, execArgv: readonly string[] = []): Child {
  const child = fork(module, { execArgv: [...execArgv] });
  const gone = once(child, 'exit');
  return {
    async ask(question, answer) {
      const heard = once(child, 'message', { signal: AbortSignal.timeout(300_000) });
      child.send(question);
      const first = await Promise.race([heard, gone.then(() => undefined)]);
      if (first === undefined) throw new Error(`${module.pathname} ended before it answered. See above for why.`);
      const reply = replySchema.parse(first[0]);
      if ('failed' in reply) throw new Error(`${module.pathname}: ${reply.failed}`);
      return answer.parse(reply.said);
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      if (child.connected) child.disconnect();
      await gone;
    },
  };
}

/** What each server says once it listens. */
export const started = z.object({ url: z.url() });

/** CPU time that the process has used so far on all its threads, in microseconds. */
export function cpuOf(child: Child): Promise<number> {
  return child.ask(cpuQuestion, z.number());
}

const cpuQuestion = { do: 'cpu' } as const;
const cpuQuestionSchema = z.object({ do: z.literal(cpuQuestion.do) });

/** The child's half: answers each question, and what `cpuOf` asks of any child, until its parent lets go of it, then cleans up and ends. */
export function serveParent<Q>(question: z.ZodType<Q>, answer: (question: Q) => unknown, cleanUp: () => Promise<void>): void {
  process.on('message', (message) => {
    const say = () => (cpuQuestionSchema.safeParse(message).success ? cpuMicros() : answer(question.parse(message)));
    new Promise((resolve) => resolve(say())).then(
      (said) => process.send?.({ said: said ?? null }),
      (error: unknown) => process.send?.({ failed: error instanceof Error ? error.message : String(error) }),
    );
  });
  process.once('disconnect', () => void cleanUp().finally(() => process.exit()));
}

function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
