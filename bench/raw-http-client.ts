import { connect, type Socket } from 'node:net';

/**
 * A minimal HTTP/1.1 client on a raw socket: one connection with at most one request in flight. A full client would use more CPU time
 * than the measured server.
 */
export class RawHttpClient {
  readonly #socket: Socket;
  #received = '';
  #resolve: ((response: string) => void) | undefined;
  #reject: ((reason: Error) => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket.setNoDelay(true).setEncoding('latin1');
    socket.on('data', (part) => this.#receive(String(part)));
    socket.on('error', (error) => this.#reject?.(error));
    socket.on('close', () => this.#reject?.(new Error('The server closed the connection before it answered')));
  }

  static open(host: string, port: number): Promise<RawHttpClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, host, () => resolve(new RawHttpClient(socket)));
      socket.once('error', reject);
    });
  }

  /** Whether the connection is open. */
  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  exchange(request: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#socket.write(request);
    });
  }

  end(): void {
    this.#socket.destroy();
  }

  #receive(part: string): void {
    this.#received += part;
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const length = /^content-length: (\d+)/im.exec(this.#received)?.[1];
    if (length === undefined) {
      this.#reject?.(new Error('The response has no content-length'));
      return;
    }
    if (this.#received.length < headEnd + 4 + Number(length)) return;
    const response = this.#received;
    this.#received = '';
    this.#resolve?.(response);
  }
}
