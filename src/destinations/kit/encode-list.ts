import { z } from 'zod';
import type { Json } from '../../event/issue.ts';
import { parseJsonOrUndefined } from './response-body.ts';

/** Returns a JSON object whose member `name` is the list of these JSON texts. The other members follow it. */
export function encodeList(name: string, texts: readonly string[], others: Readonly<Record<string, Json>> = {}): string {
  const rest = JSON.stringify(others).slice(1);
  return `{${JSON.stringify(name)}:[${texts.join(',')}]${rest === '}' ? '' : ','}${rest}`;
}

/** A value that `JSON.parse` returned needs no further check, which would take ten times as long. */
const members = z.record(z.string(), z.custom<Json>());

/** Returns the list that `encodeList` wrote under `name`; empty if the text has none. */
export function decodeList(text: string, name: string): readonly Json[] {
  const list = members.safeParse(parseJsonOrUndefined(text)).data?.[name];
  return Array.isArray(list) ? list : [];
}
