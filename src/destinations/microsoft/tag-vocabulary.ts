import { pageTypes } from '../../event/event.ts';
import { isStandardEventName, listAliases, standardEventNames } from '../../event/event-names.ts';
import { mapEventName } from '../kit/mapping/event-names.ts';
import { omitEmpty } from '../kit/mapping/omit-empty.ts';
import { getPageType } from './custom-data.ts';
import { standardNames } from './event-names.ts';
import { settings } from './settings.ts';
import type { TagEvent, TagVocabulary } from './tag-settings.ts';

/**
 * Returns the names that the browser tag must use so that Microsoft merges its events with the connection's. The default is
 * Microsoft's usual names.
 * @param input a connection's settings, in any form that `connect` accepts
 */
export function createTagVocabulary(input: unknown): TagVocabulary {
  const { eventNames = {}, itemId = '{id}' } = settings.safeParse(input).data ?? {};
  const standard = standardEventNames.flatMap((canonical) => {
    const event: TagEvent = omitEmpty({
      name: canonical === 'PageView' ? undefined : mapEventName(canonical, eventNames, standardNames),
      pageType: getPageType(canonical),
    });
    return listAliases(canonical).map((alias) => [alias, event] as const);
  });
  const renamed = Object.entries(eventNames)
    .filter(([name]) => !isStandardEventName(name))
    .map(([name, renamedTo]) => [name, { name: renamedTo }] as const);
  return { events: Object.fromEntries([...standard, ...renamed]), itemId, pageTypes };
}
