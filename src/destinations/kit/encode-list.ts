import type { Json } from '../../event/issue.ts';

/** Returns a JSON object whose member `name` is the list of these JSON texts. The other members follow it. */
export function encodeList(name: string, texts: readonly string[], others: Readonly<Record<string, Json>> = {}): string {
  const rest = JSON.stringify(others).slice(1);
  return `{${JSON.stringify(name)}:[${texts.join(',')}]${rest === '}' ? '' : ','}${rest}`;
}
