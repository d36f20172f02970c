import type { Config } from '../config/config.ts';
import { collectEvidence, type GatewayClient } from '../doctor/live/collect-evidence.ts';
import { diagnoseLive } from '../doctor/live/diagnose-live.ts';
import { systemDns } from '../doctor/live/dns-lookup.ts';
import { launchBrowser } from '../doctor/live/launch-browser.ts';
import { ConveyError } from '../errors.ts';
import { findSiteOfPage, parsePageUrl, printAdvice } from './check-page.ts';
import { connectToGateway, version } from './cli-context.ts';
import { describeWays } from './describe-ways.ts';
import { currentTerminal, printNotice } from './terminal.ts';
import { sanitizeForTerminal } from './terminal-output.ts';

/** The options of `convey check --live`. */
export interface LiveOptions {
  readonly live: string;
  readonly consent?: string;
  readonly browser?: string;
}

/**
 * Opens a page of the shop in Chromium, and queries the collector and the gateway. Prints the findings and returns the number of problems.
 * @throws ConveyError if the URL is invalid or belongs to no site, or if no browser starts.
 */
export async function checkLive(
  config: Config,
  { live, consent, browser }: LiveOptions,
  launch = launchBrowser,
): Promise<number> {
  const url = parsePageUrl('--live', live);
  if (consent !== undefined && consent !== 'granted' && consent !== 'denied')
    throw new ConveyError('The value of --consent is not valid', 'Use `granted` or `denied`, or omit the option');
  const { site, sites } = await findSiteOfPage(config, url);
  const { trustedProxies, countryHeader } = config.collector;
  const gateway = await connectIfRunning(config, site.id);
  const findings = diagnoseLive(
    await collectEvidence({
      url,
      site,
      sites,
      proxies: { trustedProxies, countryHeader, hasCountryTables: config.country.mode === 'table' },
      consent,
      browserPath: browser ?? process.env.CHROME_PATH,
      launch,
      hasOwnAuthorities: process.env.NODE_EXTRA_CA_CERTS !== undefined,
      version,
      names: systemDns(),
      gateway,
      onStep: printStep,
    }),
  );
  printAdvice({ level: 'ok', subject: 'site', says: `${site.id}, the site of ${url.hostname}` });
  for (const one of findings) printAdvice(one);
  for (const says of (await gateway?.readWays()) ?? []) printAdvice({ level: 'ok', subject: 'reports', says });
  return findings.filter(({ level }) => level === 'problem').length;
}

type RunningGateway = GatewayClient & {
  /** Returns a clause for each way in that reported to the site, the check included. */
  readonly readWays: () => Promise<readonly string[]>;
};

async function connectIfRunning(config: Config, site: string): Promise<RunningGateway | undefined> {
  const ask = connectToGateway(config);
  try {
    await ask('GET /api/status');
  } catch (error) {
    if (error instanceof ConveyError) return undefined;
    throw error;
  }
  return {
    readClients: (id) => ask('GET /api/sites/:site/seen', { site, id }),
    async readWays() {
      const { ways } = await ask('GET /api/sites/:site/checklist', { site });
      return describeWays(ways, Date.now());
    },
    readOutcomes: async (id) =>
      (await ask('GET /api/sites/:site/timelines', { site, id }))[0]?.connections.map(({ outcome }) => outcome),
  };
}

/** Shows the progress at a terminal, on stderr so that a pipe gets the findings only. */
function printStep(step: string): void {
  if (currentTerminal().stderr.isTTY) printNotice(`${sanitizeForTerminal(step)} …`);
}
