import { testEventName } from '../../event/event-names.ts';
import { parseEvent } from '../../event/parse-event.ts';
import type { Site } from '../../event/site.ts';
import { surroundingNetwork } from '../../net/ip-address.ts';
import type { EventLog } from '../../storage/log/event-log.ts';
import type { Store } from '../../storage/ports/store.ts';
import type { TestEventOriginView } from './schemas.ts';

/** Returns the network addresses of test events, as the gateway received them. Public addresses are shortened to their network. */
export async function getTestEventOrigin(
  site: Site,
  id: string,
  { log, store }: { readonly log: EventLog; readonly store: Store },
): Promise<readonly TestEventOriginView[]> {
  const records = await log.get(site.id, await store.findEvents(site.id, id));
  return records.flatMap(({ body }): readonly TestEventOriginView[] => {
    const event = 'bytes' in body ? parseEvent(body.bytes) : undefined;
    if (event?.name !== testEventName || event.reporter !== 'browser') return [];
    const { client, bot, warnings } = event;
    const isPrivate = client.ip === undefined && warnings.some(({ code }) => code === 'address-not-public');
    return [
      {
        address: client.ip !== undefined ? 'public' : isPrivate ? 'private' : 'unreadable',
        ...(client.ip !== undefined && { network: surroundingNetwork(client.ip) }),
        ...(client.country !== undefined && { country: client.country }),
        bot,
      },
    ];
  });
}
