import { ConveyError } from '../../errors.ts';
import { sanitizeForTerminal } from '../terminal-output.ts';

/** Posts a JSON body, given as an object or as its text. @throws ConveyError if the response reports an error. */
export async function post(url: string, headers: Readonly<Record<string, string>>, body: object | string) {
  const response = await fetch(url, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new ConveyError(`${url} returned status ${response.status}`, sanitizeForTerminal(text, 400));
  return { body: text, setCookies: response.headers.getSetCookie() };
}
