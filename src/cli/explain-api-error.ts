import type { Command } from 'commander';
import type { ApiError, Issue } from '../api/client.ts';

/** Codes whose issues say all that a person at the command line can act on: the message itself speaks of the request's body. */
const issueCodes: ReadonlySet<string> = new Set(['parameter-invalid', 'person-key']);

/** Rewrites an error of the API for the command that sent the request: it names options and arguments, and each remedy once. */
export function explainApiError(
  { code, message, issues }: Pick<ApiError, 'code' | 'message' | 'issues'>,
  command?: Pick<Command, 'options' | 'registeredArguments'>,
): string {
  if (!issueCodes.has(code) || issues.length === 0) return message;
  const sentences = issues.flatMap((issue) => nameOption(issue, command).split(/(?<=\.) (?=[A-Z])/));
  return sentences.filter((sentence, index) => sentences.lastIndexOf(sentence) === index).join(' ');
}

/** Returns the message of an issue with the option or the argument of the command in place of the field of the body. */
function nameOption({ field, message }: Issue, command: Pick<Command, 'options' | 'registeredArguments'> | undefined): string {
  const option = command?.options.find((one) => one.attributeName() === field)?.long;
  const isArgument = command?.registeredArguments.some((one) => one.name() === field);
  const name = option ?? (isArgument ? `<${field}>` : undefined);
  return name === undefined ? message : message.replace(`\`${field}\``, name);
}
