import { setTimeout as sleep } from 'node:timers/promises';

export const patienceMs = 30_000;

/** Repeats a check until its result is neither `undefined` nor false. @throws with the last error, or the description. */
export async function waitUntil<T>(
  check: () => Promise<T | undefined | false>,
  description: string,
  timeout = patienceMs,
): Promise<T> {
  const end = Date.now() + timeout;
  for (;;) {
    const result = await check().catch((error: unknown) => {
      if (Date.now() >= end) throw error;
      return undefined;
    });
    if (result !== undefined && result !== false) return result;
    if (Date.now() >= end) throw new Error(`timed out: ${description}`);
    await sleep(40);
  }
}
