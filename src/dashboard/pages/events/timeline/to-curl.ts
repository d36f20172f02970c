import type { AttemptView } from '../../../../api/client.ts';

type Request = NonNullable<AttemptView['request']>;

/** Returns a request as a `curl` command. Masked values become the shell variable `TOKEN`. */
export function toCurl({ method, url, headers, body }: Request): string {
  const lines = [
    `curl -X ${quote(method)} ${quote(url)}`,
    ...Object.entries(headers).map(([name, value]) => `-H ${formatHeader(name, value)}`),
    `--data-raw ${quote(body)}`,
  ];
  return lines.join(' \\\n  ');
}

function formatHeader(name: string, value: string): string {
  const line = `${name}: ${value}`;
  if (!line.includes('***')) return quote(line);
  return `"${line.replace(/[\\"$`]/g, '\\$&').replaceAll('***', '$TOKEN')}"`;
}

/** Quotes a text for the shell. */
function quote(text: string): string {
  return /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
