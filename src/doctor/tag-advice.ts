import type { RegisteredTag } from '../destinations/kit/browser-tag.ts';
import type { PageTag } from '../destinations/kit/page-tag.ts';
import { formatCount } from '../event/format-numbers.ts';
import type { Site, TagConfig } from '../event/site.ts';
import type { ConsentAdvice } from './finding.ts';
import type { TaggedPlatform, TagOnPage } from './page-report.ts';

/** A browser tag of a site, as the page and the events show it. */
interface TagSymptoms {
  readonly destination: string;
  readonly tag: RegisteredTag;
  readonly page: PageTag;
  readonly config: TagConfig | undefined;
  /** Undefined if the tag is not in the page's HTML. */
  readonly found: TagOnPage | undefined;
  readonly hasTagManager: boolean;
  /** The number of page views that report that the tag ran. */
  readonly views: number;
}

/** Returns the findings about the platforms' browser tags on a page. */
export function tagAdvice(
  site: Site,
  { tags, hasTagManager }: { readonly tags: Readonly<Record<string, TagOnPage>>; readonly hasTagManager: boolean },
  viewsOfTags: Readonly<Record<string, number>>,
  platforms: readonly TaggedPlatform[],
): readonly ConsentAdvice[] {
  return platforms.flatMap(({ id: destination, tag }) => {
    if (!tag?.page) return [];
    const config = site.tags[destination];
    const views = viewsOfTags[destination] ?? 0;
    const symptoms = { destination, tag, page: tag.page, config, found: tags[destination], hasTagManager, views };
    return [...modeAdvice(site, symptoms), ...defaultAdvice(site, symptoms)];
  });
}

function modeAdvice(site: Site, symptoms: TagSymptoms): readonly ConsentAdvice[] {
  const { destination, tag, page, config, found } = symptoms;
  const mode = config?.mode ?? 'off';
  const subject = tag.label;
  const shown = describeTag(symptoms);
  if (mode === 'off') return found ? [offAdvice(site, symptoms, found)] : [];
  if (!found) return [absentAdvice(symptoms)];
  if (!isListed(found.ids, config?.[page.idSettings.tag]))
    return [
      {
        level: 'warning',
        subject,
        says: `${shown} is on the page, but \`tags.${destination}.${page.idSettings.tag}\` is the id of another tag. Use the same id in both`,
      },
    ];
  if (mode === 'load')
    return [
      {
        level: 'warning',
        subject,
        says: `${shown} is on the page, and \`tags.${destination}.mode\` is \`load\`. If the pixel runs first, two tags count page views twice. Remove the tag's snippet from the page, or set the mode to \`attach\``,
      },
    ];
  return [{ level: 'ok', subject, says: `${shown} is on the page, as set in \`tags.${destination}\`` }];
}

/** The tag is on the page, and its mode is `off`. */
function offAdvice({ connections }: Site, symptoms: TagSymptoms, { ids }: TagOnPage): ConsentAdvice {
  const { destination, tag, page } = symptoms;
  const { idSettings } = page;
  const shown = describeTag(symptoms);
  const doubled = connections.find(
    (one) => one.destination === destination && page.sendsPageViews(one) && isListed(ids, one.settings[idSettings.connection]),
  );
  if (!doubled)
    return { level: 'ok', subject: tag.label, says: `${shown} is on the page, and no connection sends it page views as well` };
  const id = String(doubled.settings[idSettings.connection]);
  return {
    level: 'warning',
    subject: tag.label,
    says: `${shown} and the connection ${doubled.id} both report page views, so they are counted twice. Set \`tags.${destination}.mode\` to \`attach\`, or the connection's ${page.withoutPageViews}`,
    paste: {
      where: "In the site's entry of the config file",
      lines: `"tags": { "${destination}": { "mode": "attach", "${idSettings.tag}": "${id}" } }`,
    },
  };
}

/** The mode is not `off`, and the tag is not in the page's HTML. */
function absentAdvice({ destination, tag, config, hasTagManager, views }: TagSymptoms): ConsentAdvice {
  const subject = tag.label;
  if (config?.mode === 'load') return { level: 'ok', subject, says: "The tag is not in the page's HTML. The pixel loads it" };
  if (views > 0) {
    const reports = formatCount(views, 'page view reports', 'page views report');
    return { level: 'ok', subject, says: `The tag is not in the page's HTML, but ${reports} that it ran` };
  }
  return {
    level: hasTagManager ? 'ok' : 'warning',
    subject,
    says: `The tag is not in the page's HTML, and \`tags.${destination}.mode\` is \`attach\`. ${hasTagManager ? 'The tag manager may load it' : 'If no tag manager loads it, set the mode to `load` or `off`'}`,
  };
}

/** Warns of a tag on the page that starts without a consent default. Such a tag does not wait for the pixel to set one. */
function defaultAdvice({ consent }: Site, { tag, page, config, found }: TagSymptoms): readonly ConsentAdvice[] {
  if (!found?.isUntold || !page.consentDefault || consent.policy === 'granted' || config?.mode === 'load') return [];
  return [
    {
      level: 'warning',
      subject: tag.label,
      says: 'The tag starts without a consent default, so it may report before the shopper chooses. Set a default if consent is required',
      paste: { where: "Above the tag's snippet", lines: page.consentDefault.formatLines(config) },
    },
  ];
}

function describeTag({ tag, found }: TagSymptoms): string {
  return `The ${tag.label}${found && found.ids.length > 0 ? ` ${found.ids.join(' and ')}` : ''}`;
}

/** Returns whether the id is in the list. An empty list means that the page does not show the id. */
function isListed(ids: readonly string[], id: unknown): boolean {
  return ids.length === 0 || ids.some((one) => one === id);
}
