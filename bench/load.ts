import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import { purchase } from './events.ts';

export const loadQuestion = z.object({
  url: z.url(),
  secretKey: z.string(),
  connections: z.int(),
  ms: z.number(),
  /** Tells the ids of this call from all others. */
  run: z.string(),
});

export const loadAnswer = z.object({
  requests: z.number(),
  perSecond: z.number(),
  /** From the request's first byte to the answer's last. */
  p50Ms: z.number(),
  p99Ms: z.number(),
  lastId: z.string(),
});

/**
 * A closed loop of keep-alive connections, each with one request in flight. It speaks HTTP/1.1 over bare sockets, because
 * a full client would take more of the machine than the server that it measures. @throws on any answer that does not
 * acknowledge one new event.
 */
export async function load({
  url,
  secretKey,
  connections,
  ms,
  run,
}: z.output<typeof loadQuestion>): Promise<z.output<typeof loadAnswer>> {
  const { hostname, port, host } = new URL(url);
  const who = `host: ${host}\r\nauthorization: Bearer ${secretKey}`;
  const head = `POST /v1/events HTTP/1.1\r\n${who}\r\ncontent-type: application/json\r\n`;
  const made = maker(run);
  const latencies: number[] = [];
  const startedAt = performance.now();
  const until = startedAt + ms;
  let lastId = '';

  const drive = async () => {
    let wire = await Wire.open(hostname, Number(port));
    while (performance.now() < until) {
      const { id, body } = made();
      const sentAt = performance.now();
      const answer = await wire.exchange(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
      latencies.push(performance.now() - sentAt);
      if (!answer.startsWith('HTTP/1.1 202 ') || !answer.includes('"accepted":1,')) {
        throw new Error(`Not acknowledged as one new event: ${answer.slice(0, 500)}`);
      }
      lastId = id;
      if (!/^connection: close/im.test(answer)) continue;
      wire.end();
      wire = await Wire.open(hostname, Number(port));
    }
    wire.end();
  };
  await Promise.all(Array.from({ length: connections }, drive));

  const seconds = (performance.now() - startedAt) / 1_000;
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return { requests: sorted.length, perSecond: sorted.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99), lastId };
}

/** Bodies of about 1 KB that differ in their id; made once and filled in, so that making them costs next to nothing. */
function maker(run: string): () => { id: string; body: string } {
  const [before = '', after = ''] = JSON.stringify({ events: [purchase('@id@', 7, Date.now()).submission] })
    .replace('"orderId":"@id@"', '"orderId":"1001"')
    .split('@id@');
  let count = 0;
  return () => {
    count += 1;
    const id = `${run}-${count}`;
    return { id, body: before + id + after };
  };
}

/** One connection with at most one answer outstanding. */
class Wire {
  readonly #socket: Socket;
  #heard = '';
  #answered: ((answer: string) => void) | undefined;
  #broke: ((reason: Error) => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket.setNoDelay(true).setEncoding('latin1');
    socket.on('data', (part) => this.#hear(String(part)));
    socket.on('error', (error) => this.#broke?.(error));
    socket.on('close', () => this.#broke?.(new Error('The server closed the connection before it answered')));
  }

  static open(host: string, port: number): Promise<Wire> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, host, () => resolve(new Wire(socket)));
      socket.once('error', reject);
    });
  }

  exchange(request: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#answered = resolve;
      this.#broke = reject;
      this.#socket.write(request);
    });
  }

  end(): void {
    this.#socket.destroy();
  }

  #hear(part: string): void {
    this.#heard += part;
    const headEnd = this.#heard.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const length = /^content-length: (\d+)/im.exec(this.#heard)?.[1];
    if (length === undefined) {
      this.#broke?.(new Error('The answer has no content-length'));
      return;
    }
    if (this.#heard.length < headEnd + 4 + Number(length)) return;
    const answer = this.#heard;
    this.#heard = '';
    this.#answered?.(answer);
  }
}
