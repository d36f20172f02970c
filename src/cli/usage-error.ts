import { sanitizeForTerminal } from './terminal-output.ts';

/** Commander's messages, and Convey's texts for them: the problem, then the remedy if there is a better one than the help. */
const rules: readonly (readonly [
  RegExp,
  (...found: readonly string[]) => readonly [string, string | undefined] | readonly [string],
])[] = [
  [
    /^option '(.+?)' argument '.*' is invalid\. (.+)$/s,
    (flags, rule) => [`The value of ${getLongFlag(flags)} is not valid`, rule],
  ],
  [/^command-argument value '.*' is invalid for argument '(.+?)'\. (.+)$/s, (name, rule) => [`The <${name}> is not valid`, rule]],
  [
    /^unknown option '(.+?)'(?:\s+\(Did you mean (?:one of )?(.+)\?\))?/s,
    (name, near) => [`There is no option ${name}`, suggest(near)],
  ],
  [
    /^unknown command '(.*?)'(?:\s+\(Did you mean (?:one of )?(.+)\?\))?/s,
    (name = '', near) => [`There is no command ${name}`, commandRemedies[name] ?? suggest(near)],
  ],
  [/^required option '(.+?)' not specified/, (flags) => [`The option ${getLongFlag(flags)} is missing`]],
  [/^missing required argument '(.+?)'/, (name) => [`The argument <${name}> is missing`]],
  [/^option '(.+?)' argument missing/, (flags) => [`The option ${getLongFlag(flags)} needs a value`]],
  [
    /^too many arguments.* Expected (\d+) arguments? but got (\d+)/s,
    (most, given) => [most === '0' ? 'The command takes no argument' : `The command takes ${most} of the ${given} arguments`],
  ],
];

/**
 * Rewrites an error of Commander in Convey's form: what is wrong, then what to do. The text never repeats the value of an option, which can be a secret.
 * @param command the name of the command with its help, such as `convey events`.
 */
export function explainUsageError(text: string, command: string): string {
  const message = text.replace(/^error: /, '').trim();
  const help = `See \`${command} --help\``;
  for (const [pattern, explain] of rules) {
    const found = pattern.exec(message);
    if (!found) continue;
    const [problem, remedy] = explain(...found.slice(1));
    const parts = [problem, ...(remedy === undefined ? [] : [remedy]), help];
    return parts
      .map((part) => sanitizeForTerminal(part, 400).replace(/\.$/, ''))
      .join('. ')
      .replaceAll('?. ', '? ');
  }
  return `${message.replace(/\.$/, '')}. ${help}`;
}

/** Remedies for commands of other tools. */
const commandRemedies: Readonly<Partial<Record<string, string>>> = {
  init: 'Run `convey start`, which needs no config file, and create the site in the dashboard',
};

function suggest(near: string | undefined): string | undefined {
  return near === undefined || near === '' ? undefined : `Did you mean ${near}?`;
}

/** Returns `--limit` of the flags `-n, --limit <count>`. */
function getLongFlag(flags = ''): string {
  return /--[\w-]+/.exec(flags)?.[0] ?? flags;
}
