import { isIP } from 'node:net';
import { Agent, buildConnector, fetch, type Response } from 'undici';
import { errorMessage } from '../errors.ts';
import { guardedLookup, isNonPublicAddress, type Resolve } from '../net/ssrf-guard.ts';

/** The HTML of a page, or the reason why it could not be read, with the remedy. */
export type FetchedPage = { readonly html: string } | { readonly problem: string };

const timeoutMs = 10_000;
const maxBytes = 2 * 1024 * 1024;

export interface PageFetching {
  readonly userAgent: string;
  /** Whether loopback and private addresses are allowed: only for callers who can reach them anyway. */
  readonly allowPrivate: boolean;
  /** Resolves host names. Defaults to the machine's own resolver. */
  readonly resolve?: Resolve;
}

/**
 * Fetches one page without following redirects or loading its resources. Takes at most 10 s, and reads at most 2 MiB of decompressed
 * HTML.
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
      return { problem: `The page did not load within ${timeoutMs / 1_000} s. Try again, or check why it is slow` };
    if (getCause(error) === 'EPRIVATE') return { problem: atPrivate };
    return { problem: `The page cannot be reached (${getCause(error)}). Check the URL, and that this machine can reach it` };
  } finally {
    await agent.destroy();
  }
}

/** Checks the URL itself. The addresses of host names are checked when they are resolved. */
function isPrivate({ hostname, port }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return (isIP(host) !== 0 && isNonPublicAddress(host)) || !webPorts.has(port);
}

const webPorts: ReadonlySet<string> = new Set(['', '80', '443', '8080', '8443']);
const atPrivate =
  'The page was not read. Its address is loopback or private, or its port is not for web pages. For a shop in your own network, set `allowPrivateDestinations` to true';

function refusal({ status, headers }: Response, url: URL): string | undefined {
  if (status >= 300 && status < 400) {
    const location = headers.get('location');
    const target = location === null ? null : URL.parse(location, url.href);
    if (target === null) return `The page has status ${status} without a redirect target. Check the server at this URL`;
    return `The page has status ${status} and redirects to ${target.href}. Redirects are not followed. Check that page instead`;
  }
  if (status !== 200) return `The page has status ${status}. Use the URL of a page that shoppers see`;
  const type = headers.get('content-type') ?? 'text/html';
  if (!/^\s*(?:text\/html|application\/xhtml\+xml)\b/i.test(type))
    return 'The response is not an HTML page. Use the URL of a page that shoppers see';
  return undefined;
}

async function readBounded(body: Response['body']): Promise<FetchedPage> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop cancels the rest of the response.
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > maxBytes) return { problem: 'The page is over 2 MiB, so it was not read. Check a smaller page' };
  }
  return { html: Buffer.concat(chunks).toString('utf8') };
}

/** Returns the reason of a failed fetch, which is in the error's cause. */
function getCause(error: unknown): string {
  if (!(error instanceof Error)) return errorMessage(error);
  const { cause } = error;
  if (cause instanceof Error) return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
  return error.message;
}
