import { isIP } from 'node:net';
import { Agent, buildConnector, fetch, type Response } from 'undici';
import { errorMessage } from '../errors.ts';
import { guardedLookup, isNonPublicAddress, type Resolve } from '../net/ssrf-guard.ts';

/** A page's text, or why it could not be read, in a sentence with the remedy. */
export type FetchedPage = { readonly html: string } | { readonly problem: string };

const timeoutMs = 10_000;
const longestBytes = 2 * 1024 * 1024;

export interface PageFetching {
  readonly userAgent: string;
  /** Whether loopback and private addresses are reached: for who may name any address of this machine anyway. */
  readonly allowPrivate: boolean;
  /** Names to addresses; the machine's own by default. */
  readonly resolve?: Resolve;
}

/**
 * One GET of one address, and nothing else: no redirect is followed, and nothing that the page names is loaded. At most 10 s and
 * 2 MiB, unpacked.
 */
export async function fetchPage(url: URL, { userAgent, allowPrivate, resolve }: PageFetching): Promise<FetchedPage> {
  if (!allowPrivate && isPrivate(url)) return { problem: atPrivate };
  const connect = buildConnector({ timeout: timeoutMs / 2, ...(!allowPrivate && { lookup: guardedLookup(resolve) }) });
  const agent = new Agent({ connect });
  try {
    const answer = await fetch(url, {
      dispatcher: agent,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      headers: { 'user-agent': userAgent, accept: 'text/html,application/xhtml+xml' },
    });
    const refused = refusal(answer, url);
    if (refused !== undefined) {
      await answer.body?.cancel();
      return { problem: refused };
    }
    return await readBounded(answer.body);
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError')
      return { problem: `The page was not there within ${timeoutMs / 1_000} s. Try again, or see why it is slow` };
    if (causeOf(error) === 'EPRIVATE') return { problem: atPrivate };
    return { problem: `The page cannot be reached (${causeOf(error)}). Check the address, and that this machine reaches it` };
  } finally {
    await agent.destroy();
  }
}

/** Names are judged when they are looked up. */
function isPrivate({ hostname, port }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return (isIP(host) !== 0 && isNonPublicAddress(host)) || !webPorts.has(port);
}

const webPorts: ReadonlySet<string> = new Set(['', '80', '443', '8080', '8443']);
const atPrivate =
  'The page is at a loopback or private address, or at a port that is not for pages, and is not read. For a shop of your own network set `allowPrivateDestinations` to true';

function refusal({ status, headers }: Response, url: URL): string | undefined {
  if (status >= 300 && status < 400) {
    const location = headers.get('location');
    const target = location === null ? null : URL.parse(location, url.href);
    if (target === null) return `The page answers ${status} and leads nowhere. See what answers at this address`;
    return `The page answers ${status}: it leads to ${target.href}. Redirects are not followed: check that one instead`;
  }
  if (status !== 200) return `The page answers ${status}. Check the address of a page that shoppers see`;
  const type = headers.get('content-type') ?? 'text/html';
  if (!/^\s*(?:text\/html|application\/xhtml\+xml)\b/i.test(type))
    return 'What answers is no HTML page. Check the address of a page that shoppers see';
  return undefined;
}

async function readBounded(body: Response['body']): Promise<FetchedPage> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop cancels what is still to come.
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > longestBytes) return { problem: 'The page is over 2 MiB, so it was not read. Check a smaller page' };
  }
  return { html: Buffer.concat(chunks).toString('utf8') };
}

/** Node's fetch says only that it failed; its cause says why. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return errorMessage(error);
  const { cause } = error;
  if (cause instanceof Error) return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
  return error.message;
}
