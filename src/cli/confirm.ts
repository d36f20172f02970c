import { ConveyError } from '../errors.ts';
import { prompt } from './prompt.ts';
import { currentTerminal } from './terminal.ts';

/**
 * Asks for confirmation before an action that cannot be undone.
 * @param done the participle of the action, such as `erased`.
 * @param verb the verb of the action, such as `erase`.
 * @throws ConveyError unless the answer is yes.
 */
export async function confirm(question: string, done: string, verb: string): Promise<void> {
  const { stdin, stderr } = currentTerminal();
  if (!stdin.isTTY) throw new ConveyError(`Nothing was ${done}: stdin is not a terminal`, 'Run the command again with --yes');
  const answer = await prompt(`${question} It cannot be undone. Type yes: `, stdin, stderr);
  if (answer?.trim().toLowerCase() !== 'yes') throw new ConveyError(`Nothing was ${done}`, `Type yes to ${verb}`);
}
