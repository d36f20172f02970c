import { createInterface } from 'node:readline';

/** Prompts for one line. Returns `undefined` if the input ends first. Leaves the following lines in the input. */
export function prompt(
  question: string,
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const reader = createInterface({ input, output });
    let line: string | undefined;
    reader.question(question, (answer) => {
      line = answer;
      reader.close();
    });
    reader.once('close', () => resolve(line));
  });
}
