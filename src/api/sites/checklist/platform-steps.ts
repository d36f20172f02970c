import { formatCount } from '../../../event/format-numbers.ts';
import { type ClickIdKey, isClickIdKey } from '../../../event/match-keys.ts';
import { byBrowser, done, findMatches, type ObservedEvents, type Step } from './observed-events.ts';
import type { StepView } from './schemas.ts';

/** Returns the steps of the ad platforms' tags and click ids. */
export function platformSteps(seen: ObservedEvents): readonly StepView[] {
  const tagSteps = seen.platforms.flatMap(({ id, tag }): readonly StepView[] => {
    if (!tag?.page) return [];
    const title = `Mode of the ${tag.label}`;
    return [{ id: `${id}-tag-mode`, group: 'pixel', title, guide: tag.page.guide, ...checkTagMode(seen, id, tag.label) }];
  });
  const clickSteps = seen.platforms.flatMap(({ id, name, setup, matching }): readonly StepView[] => {
    const names = matching.clickIds.map((kind) => kind.name).filter(isClickIdKey);
    if (names.length === 0) return [];
    const guide = setup?.guides.clickIds;
    const step = {
      id: `${id}-click-ids`,
      group: 'pixel',
      title: `Ad clicks of ${name}`,
      ...(guide && { guide, provesGuide: true }),
    } as const;
    return [{ ...step, ...checkClickIds(seen, names, name) }];
  });
  return [...tagSteps, ...clickSteps];
}

function checkTagMode({ site: { tags }, observed, viewsOfTags }: ObservedEvents, destination: string, tag: string): Step {
  const mode = tags[destination]?.mode ?? 'off';
  const viewsOfTag = viewsOfTags[destination] ?? 0;
  const views = findMatches(observed, (one) => byBrowser(one) && one.name === 'PageView');
  const at = views.at === undefined ? {} : { at: views.at };
  if (views.events === 0) return { state: 'waiting', says: `The first page view shows whether the ${tag} runs on the pages.` };
  if (mode === 'off') {
    if (viewsOfTag === 0) return done(views, `The mode is \`off\`, and no ${tag} ran on the newest page views.`);
    return {
      state: 'problem',
      says: `The mode is \`off\`, but the ${tag} ran on page views, so they would be counted twice. Set the mode to \`attach\`, with the id of that tag.`,
      ...at,
    };
  }
  if (viewsOfTag > 0) return done(views, `The mode is \`${mode}\`, and the tag ran on page views.`);
  return {
    state: 'waiting',
    says:
      mode === 'attach'
        ? `The mode is \`attach\`, but no ${tag} ran on the newest page views. Check that the tag is on the pages, or set the mode to \`load\` or \`off\`.`
        : 'The mode is `load`, but the tag did not run on the newest page views. It loads after a shopper gives consent. Accept the consent banner and check again.',
    ...at,
  };
}

function checkClickIds({ observed }: ObservedEvents, clickIds: readonly ClickIdKey[], platform: string): Step {
  const seen = findMatches(observed, ({ keys }) => clickIds.some((one) => keys.includes(one)));
  if (seen.events > 0)
    return done(seen, `${formatCount(seen.events, 'event')} in the last 7 days had a click id of ${platform}.`);
  return {
    state: 'optional',
    says: `No event had a click id of ${platform}. To test it, open a page with \`?${clickIds[0]}=\` and a click id in its URL, and accept the consent banner.`,
  };
}
