import { ConveyError } from '../../errors.ts';
import { sanitizeForTerminal } from '../terminal-output.ts';

/** Posts a JSON body, given as an object or as its text. @throws ConveyError if the response reports an error. */
export function post(url: string, headers: Readonly<Record<string, string>>, body: object | string) {
  return send(url, { headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
}

/** Sends a POST of the body, or a GET without one. @throws ConveyError if the response reports an error. */
export async function send(url: string, request: Pick<RequestInit, 'headers' | 'body'> = {}) {
  const response = await fetch(url, { method: request.body === undefined ? 'GET' : 'POST', ...request });
  const text = await response.text();
  if (!response.ok) throw new ConveyError(`${url} returned status ${response.status}`, sanitizeForTerminal(text, 400));
  return { body: text, setCookies: response.headers.getSetCookie() };
}
