import { destinations } from '../destinations/destinations.ts';
import { getSiteTags } from '../destinations/site-tags.ts';
import { listConsentTools } from '../event/consent-tool-names.ts';
import { countryRemedy } from '../event/country-settings.ts';
import { formatPercent } from '../event/format-numbers.ts';
import { readsConsentTools } from '../event/reads-consent-tools.ts';
import type { Site } from '../event/site.ts';
import { formatUtc } from '../event/units.ts';
import type { ConsentReport } from './consent-report.ts';
import {
  type ConsentPlatform,
  consentPlatforms,
  customBannerSnippet,
  type DetectedConsentTool,
  formatSnippet,
  formatToolSetting,
  supportedConsentTools,
} from './consent-tools.ts';
import type { ConsentAdvice } from './finding.ts';
import { adviseAddress } from './gateway-address.ts';
import type { PageReport, PixelAddress, TaggedPlatform } from './page-report.ts';
import { tagAdvice } from './tag-advice.ts';

/** The observations of the consent doctor. The diagnosis is a pure function of them. */
export interface ConsentEvidence {
  readonly site: Site;
  /** All sites, because the page may have the key of another one. */
  readonly sites: readonly Site[];
  readonly pixelPath: string;
  /** Whether the gateway can know a browser's country. */
  readonly knowsCountry: boolean;
  /** Undefined if the page could not be read. */
  readonly page?: PageReport;
  readonly report: ConsentReport;
}

const belowSnippet = "Below Convey's snippet";
const inSettings = "In the site's entry of the config file, or in the dashboard under Site settings, Capture";
const manySilent = 0.1;

/** Returns the findings from the page to the events. */
export function diagnoseConsent(
  symptoms: ConsentEvidence,
  platforms: readonly TaggedPlatform[] = destinations,
): readonly ConsentAdvice[] {
  const { page } = symptoms;
  return [
    ...(page
      ? [
          snippetAdvice(symptoms, page),
          ...addressAdvice(symptoms.site, page),
          ...tagAdvice(symptoms.site, page, symptoms.report.viewsOfTags, platforms),
          consentToolsAdvice(page, symptoms.site),
        ]
      : []),
    ...consentAdvice(symptoms),
  ];
}

function snippetAdvice(
  { site, sites, pixelPath, report }: ConsentEvidence,
  { pixels, hasTagManager }: PageReport,
): ConsentAdvice {
  const subject = 'snippet';
  const own = pixels.find(({ writeKey }) => writeKey === site.writeKey);
  if (own?.isHeldBack) {
    return {
      level: 'warning',
      subject,
      says: "A consent tool blocks the snippet until the shopper accepts. Other shoppers are never reported, and click ids may be lost. Remove the snippet's `type` attribute: the pixel waits for consent itself",
    };
  }
  if (own) return { level: 'ok', subject, says: 'The snippet is on the page, with the write key of this site' };
  const [other] = pixels;
  if (other) {
    const owner = sites.find(({ writeKey }) => writeKey === other.writeKey);
    return {
      level: 'problem',
      subject,
      says: `Convey's snippet has ${owner ? `the write key of the site ${owner.id}` : 'an unknown write key'}, so events of this page do not reach ${site.id}. Replace it with this snippet`,
      paste: {
        where: "In the page's head, instead of the other snippet",
        lines: formatSnippet(pixelUrl(site, pixelPath, other)),
      },
    };
  }
  if (report.events > 0) {
    return {
      level: 'warning',
      subject,
      says: `Convey's snippet is not in the page's HTML${hasTagManager ? ', but a tag manager may load it' : ''}. Browser events arrive, so check that this page sends them as well`,
    };
  }
  return {
    level: 'problem',
    subject,
    says: "Convey's snippet is not on the page, and no browser event has arrived. Paste it into the head of every page. Replace its host by your gateway's",
    paste: { where: "In the page's head, as early as possible", lines: formatSnippet(pixelUrl(site, pixelPath)) },
  };
}

/** Judges the gateway's address in the snippet of the page. */
function addressAdvice(site: Site, { pixels }: PageReport): readonly ConsentAdvice[] {
  const own = pixels.find(({ writeKey }) => writeKey === site.writeKey);
  const pixel = own?.before ? URL.parse(own.before, `https://${site.domains[0]}`) : null;
  return pixel ? adviseAddress(pixel, site.domains) : [];
}

/** Returns the URL of the pixel. The config does not have the public host of the gateway, so it is taken from the page or assumed. */
function pixelUrl(site: Site, pixelPath: string, seen?: PixelAddress): string {
  return `${seen?.before || `https://data.${site.domains[0]}${pixelPath}?k=`}${site.writeKey}`;
}

function consentToolsAdvice(page: PageReport, site: Site): ConsentAdvice {
  const chosen = site.capture?.consentTool;
  const [found] = findPlatforms(page).filter(({ tool }) => tool !== undefined);
  if (chosen !== undefined && found?.tool !== undefined && !isReadPlatform(found, site)) {
    return {
      level: 'warning',
      subject: 'consent tools',
      says: `\`capture.consentTool\` is \`${chosen}\`, which does not read ${found.name} on the page. Set it to \`${found.tool}\``,
      paste: { where: inSettings, lines: formatToolSetting(found.tool) },
    };
  }
  const names = [...page.platforms, ...page.tools.map(({ name }) => name)];
  const says = names.length > 0 ? `On the page: ${names.join(', ')}` : "The page's HTML has no known consent tool";
  return { level: 'ok', subject: 'consent tools', says };
}

function consentAdvice(symptoms: ConsentEvidence): readonly ConsentAdvice[] {
  const { silentlyDenied, stated, isTold } = symptoms.report;
  const advice: Omit<ConsentAdvice, 'subject'>[] = [choiceAdvice(symptoms)];
  if (silentlyDenied > 0 && symptoms.site.consent.policy === 'regional' && !symptoms.knowsCountry) {
    const says = `The gateway cannot detect the country, so unknown consent counts as denied for everyone. ${countryRemedy}`;
    advice.push({ level: 'warning', says });
  }
  if (isTold && stated.granted === 0 && stated.denied > 0) {
    const says = 'No shopper granted consent. Check that the banner also reports acceptances, not only refusals';
    advice.push({ level: 'warning', says });
  }
  return advice.map((one) => ({ subject: 'consent', ...one }));
}

/** Checks whether the shoppers' choices arrive. */
function choiceAdvice(symptoms: ConsentEvidence): Omit<ConsentAdvice, 'subject'> {
  const { site, page, report } = symptoms;
  const { events, isTold, silentlyDenied, stated } = report;
  if (site.consent.policy === 'granted' && silentlyDenied === 0)
    return {
      level: 'ok',
      says: 'The policy is `granted`: the shop asks for consent itself, so missing consent counts as granted',
    };
  if (isTold) return partialChoiceAdvice(symptoms);
  if (events === 0) {
    const fact = 'No browser event has arrived, so it is unknown whether the choices arrive';
    return { level: 'warning', ...getRemedy(fact, page, site) };
  }
  if (stated.unknown === 0) return { level: 'ok', says: 'Global Privacy Control denied all events. No action is needed' };
  if (silentlyDenied === 0) {
    const fact =
      'No event has a choice. Unknown consent counts as granted in the countries of these shoppers, but not everywhere';
    return { level: 'warning', ...getRemedy(fact, page, site, report) };
  }
  const fact = `No event has a choice. ${silentlyDenied} of ${events} events count as denied, because consent is unknown`;
  return { level: 'problem', ...getRemedy(fact, page, site, report) };
}

/** Checks whether all events and this page report a choice, given that some events do. */
function partialChoiceAdvice({
  site,
  page,
  report: { events, silentlyDenied, stated },
}: ConsentEvidence): Omit<ConsentAdvice, 'subject'> {
  const isMany = silentlyDenied > events * manySilent;
  const isMissingCall =
    page !== undefined && findPlatforms(page).length > 0 && !page.callsConsent && toolsRead(page, site).length === 0;
  if (isMissingCall && stated.unknown === 0) {
    const says =
      "Every event has the shopper's choice. This page's HTML has no call of `convey('consent', …)`. Check that a script file or a tag manager calls it";
    return { level: 'ok', says };
  }
  if (!isMany && !isMissingCall) return { level: 'ok', says: "The shoppers' choices arrive. No action is needed" };
  const denied = silentlyDenied > 0 ? ' and count as denied' : '';
  const fact = `${formatPercent(silentlyDenied || stated.unknown, events)} of the events have no choice${denied}`;
  if (isMissingCall) {
    const { says, paste } = getRemedy(fact, page, site);
    const already = 'A script file or a tag manager may already do so';
    return { level: 'warning', says: `${says}. ${already}`, ...(paste && { paste }) };
  }
  const why = 'Shoppers left before they chose, or the tool does not report on every page';
  return { level: 'warning', says: `${fact}. ${why}. Check other pages` };
}

function findPlatforms(page: PageReport): readonly ConsentPlatform[] {
  return consentPlatforms.filter(({ name }) => page.platforms.includes(name));
}

/** Returns whether the settings of the site name the platform's reader. A platform that wraps a shared interface is read by that, too. */
function isReadPlatform({ tool }: ConsentPlatform, site: Site): boolean {
  return tool !== undefined && listConsentTools(site.capture?.consentTool).includes(tool);
}

/** Returns the tools of the page that the pixel reads. */
function toolsRead(page: PageReport, site: Site): readonly Pick<DetectedConsentTool, 'name' | 'instruction'>[] {
  const named = findPlatforms(page).filter((one) => isReadPlatform(one, site));
  return [
    ...named.map(({ name }) => ({ name, instruction: `Check that ${name} shows its banner` })),
    ...commonToolsRead(page, site),
  ];
}

function commonToolsRead(page: PageReport, site: Site): readonly DetectedConsentTool[] {
  return readsTools(site) ? supportedConsentTools.filter(({ source }) => page.tools.some((one) => one.source === source)) : [];
}

/**
 * Returns what to do about missing choices.
 * @param silent the report of events without a choice, which may be older than the page's current scripts.
 */
function getRemedy(
  fact: string,
  page: PageReport | undefined,
  site: Site,
  silent?: ConsentReport,
): Pick<ConsentAdvice, 'says' | 'paste'> {
  if (!page) return { says: `${fact}. Check a page of the shop to find the cause` };
  const before = silent?.received && `These events are from before ${formatUtc(silent.received.to)} UTC`;
  if (page.callsConsent) {
    const newer = before === undefined ? [] : [before, 'If the call is newer, accept the banner and check again'];
    const steps = [...newer, 'Check that the call runs on every page, below the snippet'];
    return { says: `${fact}. The page calls \`convey('consent', …)\`. ${steps.join('. ')}` };
  }
  const known = findPlatforms(page);
  const isRead = known.some((one) => isReadPlatform(one, site));
  const readable = toolsRead(page, site);
  const proposed = isRead ? undefined : known.find(({ tool }) => tool !== undefined);
  if (proposed?.tool !== undefined) {
    const says = `${fact}. ${proposed.name} is on the page. Let the pixel read it: set \`capture.consentTool\` to \`${proposed.tool}\``;
    return { says, paste: { where: inSettings, lines: formatToolSetting(proposed.tool) } };
  }
  if (readable.length > 0) {
    const names = readable.map(({ name }) => name).join(' and ');
    const early = 'These events came before the shopper chose, or no choice was reported';
    const newer = before === undefined ? [] : [before, 'If the tool is newer, accept the banner and check again'];
    const steps = [...(silent === undefined ? [] : [early, ...newer]), ...readable.map(({ instruction }) => instruction)];
    return { says: `${fact}. The pixel reads ${names} itself, so there is nothing to paste. ${steps.join('. ')}` };
  }
  const [platform] = known;
  const found = platform
    ? `${platform.name} is on the page. Switch on Google Consent Mode or the TCF in ${platform.name}, or call`
    : "The page's HTML has no consent tool that the pixel reads itself. Call";
  return {
    says: `${fact}. ${found} the pixel where the choice is made`,
    paste: {
      where: `${belowSnippet}, where ${platform ? platform.name : 'the banner'} reports the choice`,
      lines: customBannerSnippet,
    },
  };
}

/** Returns whether the site's pixel reads consent tools. */
function readsTools(site: Site): boolean {
  return readsConsentTools(site, Object.keys(getSiteTags(site).drivers).length);
}
