import { Mutex } from 'async-mutex';

/** Thrown if too many tasks wait. The task was not run. */
export class QueueFullError extends Error {
  override readonly name = 'QueueFullError';
}

/** Runs a task after those before it. @throws QueueFullError */
type TaskQueue = <T>(task: () => Promise<T>) => Promise<T>;

/** @param maxLength the running task included. */
export function createTaskQueue(maxLength: number): TaskQueue {
  const mutex = new Mutex();
  let length = 0;
  return async (task) => {
    if (length >= maxLength) throw new QueueFullError();
    length += 1;
    try {
      return await mutex.runExclusive(task);
    } finally {
      length -= 1;
    }
  };
}
