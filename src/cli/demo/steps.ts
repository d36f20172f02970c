import { styleText } from 'node:util';
import type { Demo } from './start-demo.ts';

interface Opening {
  /** The one-time link to the dashboard. */
  readonly link: string;
  /** Whether a browser shows the dashboard already. */
  readonly isOpen: boolean;
  /** Whether a person sits at the terminal, who may press Enter for a new link. */
  readonly hasPerson: boolean;
}

/** Describes the three steps of the demo, and how to stop it. */
export function describeSteps(
  {
    gateway,
    platforms,
    storefront,
    configFile,
  }: Pick<Demo, 'configFile'> & Readonly<Record<'gateway' | 'platforms' | 'storefront', { url: string }>>,
  { link, isOpen, hasPerson }: Opening,
): string {
  const bold = (text: string) => styleText('bold', text);
  const dim = (text: string) => styleText('dim', text);
  return `
${bold('The demo is running')}, with a day of simulated traffic. No data leaves this machine.

  ${bold('1. See the dashboard')}     ${link}
     ${isOpen ? 'It is open in your browser, and you are signed in.' : 'Open this link. It signs you in once, within 10 minutes.'}

  ${bold('2. Buy a clock')}           ${storefront.url}/ad
     You arrive from an ad. Accept the cookies, buy, and watch Events in the dashboard.

  ${bold('3. Compare platforms')}     ${platforms.url}
     Browser and gateway reported your purchase. Each platform counts it once.

${dim(`The gateway accepts events at ${gateway.url}/v1/events`)}
${dim(`The command line works too: npm run -s convey -- connections list --config ${configFile}`)}
${hasPerson ? 'Press Enter for a new link to the dashboard, or ' : 'Press '}Ctrl-C to stop. The demo's data is then removed.`;
}
