import { writeFileSync } from 'node:fs';
import { Socket } from 'node:net';

/**
 * Loaded before a command into its process, with `node --import`. Kills the process at a statement that it sends to a database. The command
 * has no code for this.
 */
export interface StatementPoint {
  /** Texts that the process sends in this order, in any connection. It is killed at the last one. */
  readonly texts: readonly string[];
  /** `after`: the database has the statement, and its reply is lost. */
  readonly moment: 'before' | 'after';
}

/** The variable with the point as JSON. */
export const statementVariable = 'CONVEY_STATEMENT';
/** The variable with the file that is written when the point is reached. */
export const reachedVariable = 'CONVEY_STATEMENT_REACHED';

function killProcess(): void {
  writeFileSync(process.env[reachedVariable] ?? '', '');
  process.kill(process.pid, 'SIGKILL');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function install({ texts, moment }: StatementPoint): void {
  const rest = [...texts];
  const { write } = Socket.prototype;
  Socket.prototype.write = new Proxy(write, {
    apply(target, socket, args) {
      const [chunk] = args;
      const [next] = rest;
      if (next !== undefined && Buffer.isBuffer(chunk) && chunk.includes(next)) {
        rest.shift();
        if (rest.length === 0 && moment === 'before') killProcess();
        // The rest of the statement's messages is sent first.
        if (rest.length === 0) setImmediate(killProcess);
      }
      return Reflect.apply(target, socket, args);
    },
  });
}

const point = process.env[statementVariable];
if (point !== undefined) install(JSON.parse(point));
