import { reasonOf } from '../errors.ts';

/** A page's text, or why it could not be read, in a sentence with the remedy. */
export type FetchedPage = { readonly html: string } | { readonly problem: string };

const timeoutMs = 10_000;
const longestBytes = 2 * 1024 * 1024;

/**
 * One GET of one address, and nothing else: no redirect is followed, and nothing that the page names is loaded. Private
 * addresses are reached, because an operator named the page. At most 10 s and 2 MiB, unpacked.
 */
export async function fetchPage(url: URL, userAgent: string): Promise<FetchedPage> {
  try {
    const answer = await fetch(url, {
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
    return { problem: `The page cannot be reached (${causeOf(error)}). Check the address, and that this machine reaches it` };
  }
}

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

async function readBounded(body: ReadableStream<Uint8Array> | null): Promise<FetchedPage> {
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
  if (!(error instanceof Error)) return reasonOf(error);
  const { cause } = error;
  if (cause instanceof Error) return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
  return error.message;
}
