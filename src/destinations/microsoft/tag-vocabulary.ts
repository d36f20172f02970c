import { pageTypes } from '../../event/event.ts';
import { isStandardEventName, listAliases, standardEventNames } from '../../event/event-names.ts';
import type { BrowserConfig, TagEvent } from '../../event/pixel-settings.ts';
import { mapEventName } from '../kit/mapping/event-names.ts';
import { omitEmpty } from '../kit/mapping/omit-empty.ts';
import { getPageType } from './custom-data.ts';
import { standardNames } from './event-names.ts';
import { settings } from './settings.ts';

/**
 * Returns the names that the browser tag must use so that Microsoft merges its events with the connection's. The default is
 * Microsoft's usual names.
 * @param given a connection's settings, in any form that `connect` accepts
 */
export function createBrowserConfig(given: unknown): BrowserConfig {
  const { data } = settings.safeParse(given);
  const { eventNames = {}, itemId = '{id}', customerId } = data ?? {};
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
  return {
    vocabulary: { events: Object.fromEntries([...standard, ...renamed]), itemId, pageTypes },
    ...omitEmpty({ customerId }),
  };
}
