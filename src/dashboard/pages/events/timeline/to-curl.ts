import type { AttemptView } from '../../../../api/client.ts';

type Request = NonNullable<AttemptView['request']>;

/** The request as a line for a shell. What the gateway masked is asked of the shell's own variable `TOKEN`. */
export function curlOf({ method, url, headers, body }: Request): string {
  const lines = [
    `curl -X ${quoted(method)} ${quoted(url)}`,
    ...Object.entries(headers).map(([name, value]) => `-H ${header(name, value)}`),
    `--data-raw ${quoted(body)}`,
  ];
  return lines.join(' \\\n  ');
}

function header(name: string, value: string): string {
  const line = `${name}: ${value}`;
  if (!line.includes('***')) return quoted(line);
  return `"${line.replace(/[\\"$`]/g, '\\$&').replaceAll('***', '$TOKEN')}"`;
}

/** Nothing in it means anything to the shell. */
function quoted(text: string): string {
  return /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
