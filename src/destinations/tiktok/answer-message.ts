import { sanitizeVendorText } from '../kit/response-body.ts';

const maxLength = 2_000;

/** The parts of TikTok's message that decide a verdict. */
export interface AnswerMessage {
  /** Position of the event that TikTok names. It names the first bad event alone. Absent: it names none, or several. */
  readonly index?: number;
  /** The path of the field in the event, such as `properties.contents.0.content_id`; empty if the message names none. */
  readonly field: string;
  /** Whether the message is about the source of the events, which is a setting. */
  readonly isAboutSource: boolean;
  /** TikTok's own words, without the values that it echoes. */
  readonly words: string;
}

const path = String.raw`((?:\.[A-Za-z_]\w{0,63}|\.\d{1,4}|\[\d{1,4}\]){0,8})`;
const namedByPath = new RegExp(String.raw`\b(?:data|batch)[.[](\d{1,4})\b\]?${path}`, 'gi');
const namedByIndex = /\bindex (\d{1,4})\b/gi;
const namedField = /\bvalue for ([A-Za-z_][\w.]{0,200})/i;

/**
 * Reads a message such as `Batch.2.properties.contents.0.content_id: Not a valid string`, `data[2].event_id …` or `… index 2`. Positions
 * count from 0. Only the part before the first colon decides, and no quoted text: the rest may echo a value, which a shopper wrote to blame
 * another event.
 * @source https://business-api.tiktok.com/portal/docs?id=1771101303285761 (2026-08-10), and messages that senders published
 */
export function readMessage(message: string): AnswerMessage {
  const text = message.slice(0, maxLength).replace(/"[^"]*("|$)|(?<!\w)'[^']*('|$)|“[^”]*(”|$)|`[^`]*(`|$)/g, '…');
  const [head = ''] = text.split(/:(?:\s|$)/, 1);
  const byPath = [...head.matchAll(namedByPath)];
  const found = byPath.length > 0 ? byPath : [...head.matchAll(namedByIndex)];
  const indexes = new Set(found.map(([, index]) => Number(index)));
  const [index] = indexes;
  const field = byPath[0]?.[2]?.replace(/^\./, '') ?? '';
  return {
    ...(index !== undefined && indexes.size === 1 && { index }),
    field: field === '' && byPath.length === 0 ? (namedField.exec(head)?.[1] ?? '') : field,
    isAboutSource: /\bevent_source(?:_id)?\b/i.test(head),
    words: removeValues(sanitizeVendorText(text)),
  };
}

/** Keeps words and paths of fields. A word with a digit or without an end may be a value of a shopper. */
function removeValues(text: string): string {
  const isField = /^(?:data|batch)[.[]\d{1,4}\b[\w.[\]]{0,80}[:,.]?$/i;
  const isWord = /^[A-Za-z_.,:;()’'…-]{1,30}$/;
  return text
    .split(' ')
    .map((word) => (isField.test(word) || isWord.test(word) || /^\d{1,4}[.,]?$/.test(word) ? word : '[removed]'))
    .join(' ');
}
