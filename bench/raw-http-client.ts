import { connect, type Socket } from 'node:net';

/**
 * A minimal HTTP/1.1 client on a raw socket: one connection with at most one request in flight. A full client would use more CPU time
 * than the measured server.
 */
export class Wire {
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

  /** Whether the connection is open. */
  get isOpen(): boolean {
    return !this.#socket.destroyed;
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
      this.#broke?.(new Error('The response has no content-length'));
      return;
    }
    if (this.#heard.length < headEnd + 4 + Number(length)) return;
    const answer = this.#heard;
    this.#heard = '';
    this.#answered?.(answer);
  }
}
