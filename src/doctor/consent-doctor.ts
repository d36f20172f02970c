import { normalizeEventName } from '../event/event-names.ts';
import { formatPercent } from '../event/format-numbers.ts';
import type { Connection, Site } from '../event/site.ts';
import { formatUtc } from '../event/units.ts';
import type { ConsentReport } from './consent-report.ts';
import {
  type ConsentPlatform,
  customBannerSnippet,
  type DetectedConsentTool,
  platforms,
  snippetFor,
  supportedConsentTools,
  tagDefaultFor,
} from './consent-tools.ts';
import type { Finding } from './finding.ts';
import type { PageReport, PixelAddress } from './page-report.ts';

/** What the doctor found, with the lines that mend it where lines do. */
export interface ConsentAdvice extends Finding {
  readonly paste?: { readonly where: string; readonly lines: string };
}

/** All that the doctor looks at; pure from here on. */
export interface ConsentEvidence {
  readonly site: Site;
  /** Every site: a key may be another's. */
  readonly sites: readonly Site[];
  readonly pixelPath: string;
  /** Whether the gateway can know a browser's country. */
  readonly knowsCountry: boolean;
  /** Absent where the page could not be read. */
  readonly page?: PageReport;
  readonly report: ConsentReport;
}

const belowSnippet = "Below Convey's snippet";
const manySilent = 0.1;

/** What is wrong, from the page to the events; what is right is said in a line. */
export function diagnoseConsent(symptoms: ConsentEvidence): readonly ConsentAdvice[] {
  const { page } = symptoms;
  return [
    ...(page
      ? [snippetAdvice(symptoms, page), ...uetAdvice(symptoms, page), ...untoldAdvice(symptoms.site, page), toolsOn(page)]
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
      says: "A consent tool holds the snippet back until the shopper accepts, so who declines or waits is never reported, and a click may be lost. Take the snippet's `type` away: the pixel waits for consent by itself",
    };
  }
  if (own) return { level: 'ok', subject, says: "Convey's, with the write key of this site" };
  const [other] = pixels;
  if (other) {
    const owner = sites.find(({ writeKey }) => writeKey === other.writeKey);
    return {
      level: 'problem',
      subject,
      says: `Convey's snippet has ${owner ? `the write key of the site ${owner.id}` : 'a write key of no site in this config'}, so events of this page do not reach ${site.id}. Put this one in its place`,
      paste: { where: "In the page's head, in place of the other", lines: snippetFor(addressOf(site, pixelPath, other)) },
    };
  }
  if (report.events > 0) {
    return {
      level: 'warning',
      subject,
      says: `Convey's snippet is not in the page's text${hasTagManager ? ', but a tag manager is, which may bring it' : ''}. Events of browsers do arrive: see that they come from this page too`,
    };
  }
  return {
    level: 'problem',
    subject,
    says: "Convey's snippet is not on the page, and no event of a browser came. Paste it into the head of every page; in place of the host write that of your gateway",
    paste: { where: "In the page's head, as far up as you can", lines: snippetFor(addressOf(site, pixelPath)) },
  };
}

/** Where the shop's gateway is cannot be told by the config: the proxy before it knows. */
function addressOf(site: Site, pixelPath: string, seen?: PixelAddress): string {
  return `${seen?.before || `https://data.${site.domains[0]}${pixelPath}?k=`}${site.writeKey}`;
}

function uetAdvice(
  { site: { uet, connections }, report: { viewsOfTag } }: ConsentEvidence,
  { hasUetTag, uetTagIds, hasTagManager }: PageReport,
): readonly ConsentAdvice[] {
  const subject = 'uet';
  const shown = `The UET tag${uetTagIds.length > 0 ? ` ${uetTagIds.join(' and ')}` : ''}`;
  if (uet.mode === 'off') {
    if (!hasUetTag) return [];
    const doubled = connections.find((one) => sendsPageViews(one) && isOneOf(uetTagIds, one.settings.tagId));
    if (!doubled)
      return [{ level: 'ok', subject, says: `${shown} is on the page, and no connection sends page views to it as well` }];
    const lines = `"uet": { "mode": "attach", "tagId": "${String(doubled.settings.tagId)}" }`;
    return [
      {
        level: 'warning',
        subject,
        says: `${shown} is on the page, and the site's \`uet.mode\` is \`off\`: page views are counted twice, by the tag and by the connection ${doubled.id}. Say that the tag runs, or set the connection's \`pageLoads\` to \`never\``,
        paste: { where: "In the site's entry of the config file", lines },
      },
    ];
  }
  if (!hasUetTag) {
    if (uet.mode === 'load') return [{ level: 'ok', subject, says: "The tag is not in the page's text; the pixel loads it" }];
    if (viewsOfTag > 0) {
      const views = viewsOfTag === 1 ? 'one page view of a browser says' : `${viewsOfTag} page views of browsers say`;
      return [{ level: 'ok', subject, says: `The tag is not in the page's text, and ${views} that it ran` }];
    }
    return [
      {
        level: hasTagManager ? 'ok' : 'warning',
        subject,
        says: `\`uet.mode\` is \`attach\`, and the tag is not in the page's text. ${hasTagManager ? 'The tag manager may bring it' : 'A tag manager may bring it; if nothing does, set the mode to `load` or `off`'}`,
      },
    ];
  }
  if (!isOneOf(uetTagIds, uet.tagId))
    return [
      { level: 'warning', subject, says: `${shown} is on the page, and \`uet.tagId\` names another. Write the same into both` },
    ];
  if (uet.mode === 'load')
    return [
      {
        level: 'warning',
        subject,
        says: `${shown} is on the page, and \`uet.mode\` is \`load\`: where the pixel comes first, there are two tags, and page views count twice. Remove the tag's snippet from the page, or set the mode to \`attach\``,
      },
    ];
  return [{ level: 'ok', subject, says: `${shown} is on the page, as \`uet\` says` }];
}

/** A tag that is on the page by itself does not wait for the pixel, which would tell it. */
function untoldAdvice({ consent, uet }: Site, { isTagUntold }: PageReport): readonly ConsentAdvice[] {
  if (!isTagUntold || consent.policy === 'granted' || uet.mode === 'load') return [];
  return [
    {
      level: 'warning',
      subject: 'uet',
      says: 'Nothing tells the tag before it comes that nobody agreed yet, so it may report before the shopper chose. Tell it where consent has to be asked for',
      paste: { where: "Above the tag's snippet", lines: tagDefaultFor(uet.queue) },
    },
  ];
}

/** Where the page does not show an id, it may be any. */
function isOneOf(ids: readonly string[], id: unknown): boolean {
  return ids.length === 0 || ids.some((one) => one === id);
}

function sendsPageViews({ destination, enabled, settings }: Connection): boolean {
  const { pageLoads, events } = settings;
  const isListed = !Array.isArray(events) || events.some((name) => normalizeEventName(String(name)) === 'PageView');
  return destination === 'microsoft' && enabled && pageLoads !== 'never' && isListed;
}

function toolsOn(page: PageReport): ConsentAdvice {
  const names = [...page.platforms, ...page.tools.map(({ name }) => name)];
  const says = names.length > 0 ? `On the page: ${names.join(', ')}` : "None that is known in the page's text";
  return { level: 'ok', subject: 'consent tools', says };
}

function consentAdvice(symptoms: ConsentEvidence): readonly ConsentAdvice[] {
  const { silentlyDenied, stated, isTold } = symptoms.report;
  const advice: Omit<ConsentAdvice, 'subject'>[] = [choiceAdvice(symptoms)];
  if (silentlyDenied > 0 && symptoms.site.consent.policy === 'regional' && !symptoms.knowsCountry) {
    const says =
      'The gateway has no source of country, so silence counts as denied for everyone. Set `collector.countryHeader` and `collector.trustedProxies`';
    advice.push({ level: 'warning', says });
  }
  if (isTold && stated.granted === 0 && stated.denied > 0) {
    const says = 'No shopper of these granted. See that the banner passes an acceptance on, not only a refusal';
    advice.push({ level: 'warning', says });
  }
  return advice.map((one) => ({ subject: 'consent', ...one }));
}

/** Whether the shoppers' choices come through. */
function choiceAdvice(symptoms: ConsentEvidence): Omit<ConsentAdvice, 'subject'> {
  const { site, page, report } = symptoms;
  const { events, isTold, silentlyDenied, stated } = report;
  if (site.consent.policy === 'granted' && silentlyDenied === 0)
    return { level: 'ok', says: 'The policy is `granted`: the shop asks before it calls, and silence counts as granted' };
  if (isTold) return toldAdvice(symptoms);
  if (events === 0) {
    const fact = 'No event of a browser came yet, so nothing shows whether the choice is passed on';
    return { level: 'warning', ...cure(fact, page, site) };
  }
  if (stated.unknown === 0) return { level: 'ok', says: 'Global Privacy Control denied all of these. Nothing is to be mended' };
  if (silentlyDenied === 0) {
    const fact = 'Nobody tells what shoppers chose. Silence counts as granted where these are, and not everywhere';
    return { level: 'warning', ...cure(fact, page, site, report) };
  }
  const fact = `Nobody tells what shoppers chose: ${silentlyDenied} of ${events} events count as denied by silence`;
  return { level: 'problem', ...cure(fact, page, site, report) };
}

/** Some events tell a choice: whether the others, and this page, do as well. */
function toldAdvice({ site, page, report: { events, silentlyDenied, stated } }: ConsentEvidence): Omit<ConsentAdvice, 'subject'> {
  const isMany = silentlyDenied > events * manySilent;
  const isUnheard =
    page !== undefined && platformsOn(page).length > 0 && !page.callsConsent && toolsRead(page, site).length === 0;
  if (isUnheard && stated.unknown === 0) {
    const says =
      "The choice of shoppers is passed on: every event tells one. This page's text has no call; see that one of a script file or a tag manager is reached here";
    return { level: 'ok', says };
  }
  if (!isMany && !isUnheard) return { level: 'ok', says: 'The choice of shoppers is passed on. Nothing is to be pasted' };
  const denied = silentlyDenied > 0 ? ' and count as denied' : '';
  const fact = `A choice is told, but ${formatPercent(silentlyDenied || stated.unknown, events)} of the events say none${denied}`;
  if (isUnheard) {
    const { says, paste } = cure(fact, page, site);
    const unless = "unless a script file or a tag manager does so, which the page's text does not show";
    return { level: 'warning', says: `${says}, ${unless}`, ...(paste && { paste }) };
  }
  const why = 'shoppers leave before they choose, or the tool does not tell on every page';
  return { level: 'warning', says: `${fact}: ${why}. Check a page where it may not` };
}

function platformsOn(page: PageReport): readonly ConsentPlatform[] {
  return platforms.filter(({ name }) => page.platforms.includes(name));
}

function toolsRead(page: PageReport, site: Site): readonly DetectedConsentTool[] {
  return readsTools(site) ? supportedConsentTools.filter(({ source }) => page.tools.some((one) => one.source === source)) : [];
}

/**
 * What is to be done where nobody told a choice.
 * @param silent is of the events that told none, which may be older than what the page has now.
 */
function cure(
  fact: string,
  page: PageReport | undefined,
  site: Site,
  silent?: ConsentReport,
): Pick<ConsentAdvice, 'says' | 'paste'> {
  if (!page) return { says: `${fact}. Check a page that can be read to see what is missing` };
  const before = silent?.received && `These events are from before ${formatUtc(silent.received.to)} UTC`;
  if (page.callsConsent) {
    const first = before === undefined ? '' : `. ${before}; if the call is newer, accept the banner and check again`;
    return {
      says: `${fact}. The page does call \`convey('consent', …)\`${first === '' ? ': see' : `${first}. If nobody tells then either, see`} that the call is reached on every page, below the snippet`,
    };
  }
  const known = platformsOn(page);
  const withLines = known.find(({ lines }) => lines !== undefined);
  if (withLines?.lines !== undefined) {
    const { name, where = belowSnippet, lines } = withLines;
    return { says: `${fact}. ${name} is on the page. Let it tell the pixel`, paste: { where, lines } };
  }
  const readable = toolsRead(page, site);
  if (readable.length > 0) {
    const names = readable.map(({ name }) => name).join(' and ');
    const early = 'These events came before the shopper chose, or no choice was ever told';
    const newer = before === undefined ? [] : [`${before}; if the tool is newer on the page, accept the banner and check again`];
    const steps = [...(silent === undefined ? [] : [early, ...newer]), ...readable.map(({ look }) => look)];
    return { says: `${fact}. The pixel reads ${names} by itself, so nothing is to be pasted. ${steps.join('. ')}` };
  }
  const [platform] = known;
  return {
    says: `${fact}. ${platform ? `${platform.name} is on the page` : "No consent tool is in the page's text that the pixel reads by itself"}. Tell the pixel where the choice is made`,
    paste: {
      where: `${belowSnippet}, where ${platform ? platform.name : 'the banner'} tells the choice`,
      lines: customBannerSnippet,
    },
  };
}

/** A shop that asks before it calls, and has the browser do nothing for a platform, gets a pixel that reads no tool. */
function readsTools({ consent, uet, connections }: Site): boolean {
  const syncsIds = connections.some(
    ({ enabled, destination, settings }) => enabled && destination === 'microsoft' && settings.customerId !== undefined,
  );
  return consent.policy !== 'granted' || uet.mode !== 'off' || syncsIds;
}
