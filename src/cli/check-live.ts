import type { Config } from '../config/config.ts';
import { collectEvidence, type GatewayClient } from '../doctor/live/collect-evidence.ts';
import { diagnoseLive } from '../doctor/live/diagnose.ts';
import { systemDns } from '../doctor/live/dns-lookup.ts';
import { ConveyError } from '../errors.ts';
import { printAdvice, readAddress, siteOfPage } from './check-page.ts';
import { connectToGateway, version } from './cli-context.ts';
import { currentTerminal, printNotice } from './terminal.ts';
import { sanitizeForTerminal } from './terminal-output.ts';

/** How the page is looked at, as the command line says it. */
export interface LiveOptions {
  readonly live: string;
  readonly consent?: string;
  readonly browser?: string;
}

/**
 * Opens a page of the shop in Chromium, and asks the collector and the gateway behind it. Prints what it found; answers how many
 * problems that is.
 * @throws ConveyError where the address is none, or of no site, or no browser can be had.
 */
export async function checkLive(config: Config, { live, consent, browser }: LiveOptions): Promise<number> {
  const url = readAddress('--live', live);
  if (consent !== undefined && consent !== 'granted' && consent !== 'denied')
    throw new ConveyError('The choice of --consent cannot be used', 'Give `granted` or `denied`, or leave it out');
  const { site, sites } = await siteOfPage(config, url);
  const { trustedProxies, countryHeader } = config.collector;
  const found = diagnoseLive(
    await collectEvidence({
      url,
      site,
      sites,
      proxies: { trustedProxies, countryHeader },
      consent,
      browserPath: browser ?? process.env.CHROME_PATH,
      hasOwnAuthorities: process.env.NODE_EXTRA_CA_CERTS !== undefined,
      version,
      names: systemDns(),
      gateway: await gatewayOf(config, site.id),
      onStep: printStep,
    }),
  );
  printAdvice({ level: 'ok', subject: 'site', says: `${site.id}, which ${url.hostname} belongs to` });
  for (const one of found) printAdvice(one);
  return found.filter(({ level }) => level === 'problem').length;
}

async function gatewayOf(config: Config, site: string): Promise<GatewayClient | undefined> {
  const ask = connectToGateway(config);
  try {
    await ask('GET /api/status');
  } catch (error) {
    if (error instanceof ConveyError) return undefined;
    throw error;
  }
  return {
    seenOf: (id) => ask('GET /api/sites/:site/seen', { site, id }),
    outcomesOf: async (id) =>
      (await ask('GET /api/sites/:site/timelines', { site, id }))[0]?.connections.map(({ outcome }) => outcome),
  };
}

/** For whoever waits, beside what is piped on. */
function printStep(step: string): void {
  if (currentTerminal().stderr.isTTY) printNotice(`${sanitizeForTerminal(step)} …`);
}
