import { createInterface } from 'node:readline';

/** The line that somebody types in answer; `undefined` where the input ends without one. What they type after it stays in the input. */
export function prompt(
  question: string,
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asking = createInterface({ input, output });
    let line: string | undefined;
    asking.question(question, (answer) => {
      line = answer;
      asking.close();
    });
    asking.once('close', () => resolve(line));
  });
}
