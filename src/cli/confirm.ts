import { ConveyError } from '../errors.ts';
import { prompt } from './prompt.ts';
import { currentTerminal } from './terminal.ts';

/**
 * Asks before something is done that cannot be undone.
 * @param done and `verb` are the two forms of the same word: `erased` and `erase`.
 * @throws ConveyError unless the answer is yes.
 */
export async function confirm(question: string, done: string, verb: string): Promise<void> {
  const { stdin, stderr } = currentTerminal();
  if (!stdin.isTTY) throw new ConveyError(`Nothing was ${done}: there is nobody to ask`, 'Call it again with --yes');
  const answer = await prompt(`${question} It cannot be undone. Type yes: `, stdin, stderr);
  if (answer?.trim().toLowerCase() !== 'yes') throw new ConveyError(`Nothing was ${done}`, `Type yes to ${verb}`);
}
