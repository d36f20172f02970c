import { Command } from 'commander';
import { openBrowser } from './demo/open-browser.ts';
import { playOnce } from './demo/play-once.ts';
import { startDemo } from './demo/start-demo.ts';
import { describeSteps } from './demo/steps.ts';
import { runUntilSignal } from './end-on-signal.ts';
import { currentTerminal, fail, print } from './terminal.ts';

export function demo(): Command {
  return new Command('demo')
    .description(
      'Try Convey with simulated data. Runs a gateway with a day of traffic, a demo shop and simulated ad platforms on this machine, and opens the dashboard. Its link signs in once, within 10 minutes. The data is removed at the end.',
    )
    .option(
      '--once',
      'run a scripted shopper without the dashboard, print the events that each platform received, and exit 0 only if all are correct',
    )
    .action(async (options: { once?: true }) => {
      if (options.once) return runOnce();
      const running = await startDemo(true);
      const ended = runUntilSignal(() => running.stop());
      const { createSignInLink } = running.gateway.dashboard;
      const link = createSignInLink?.() ?? '';
      const { stdin, stdout } = currentTerminal();
      const hasPerson = stdin.isTTY === true && stdout.isTTY === true;
      print(describeSteps(running, { link, isOpen: hasPerson && (await openBrowser(link)), hasPerson }));
      if (hasPerson) stdin.on('data', () => print(createSignInLink?.() ?? ''));
      await ended;
    });
}

/** Runs the scripted shopper and compares the events that the platforms received. */
async function runOnce(): Promise<void> {
  const running = await startDemo(false);
  try {
    if (!(await playOnce(running))) fail();
  } finally {
    await running.stop();
  }
}
