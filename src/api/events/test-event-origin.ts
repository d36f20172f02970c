import { isIP } from 'node:net';
import { parseEvent } from '../../event/event.ts';
import { testEventName } from '../../event/event-names.ts';
import type { Site } from '../../event/site.ts';
import type { EventLog } from '../../storage/log/event-log.ts';
import type { Store } from '../../storage/store/store.ts';
import type { SeenView } from './schemas.ts';

/** Returns the network addresses of test events, as the gateway received them. Public addresses are shortened to their network. */
export async function getTestEventOrigin(
  site: Site,
  id: string,
  { log, store }: { readonly log: EventLog; readonly store: Store },
): Promise<readonly SeenView[]> {
  const records = await log.get(site.id, await store.findEvents(site.id, id));
  return records.flatMap(({ body }): readonly SeenView[] => {
    const event = 'bytes' in body ? parseEvent(body.bytes) : undefined;
    if (event?.name !== testEventName || event.reporter !== 'browser') return [];
    const { client, bot, warnings } = event;
    const isPrivate = client.ip === undefined && warnings.some(({ code }) => code === 'address-not-public');
    return [
      {
        address: client.ip !== undefined ? 'public' : isPrivate ? 'private' : 'unreadable',
        ...(client.ip !== undefined && { network: toNetwork(client.ip) }),
        ...(client.country !== undefined && { country: client.country }),
        bot,
      },
    ];
  });
}

/** Returns the /24 of an IPv4 address, or the /48 of an IPv6 address. */
function toNetwork(address: string): string {
  if (isIP(address) === 4) return `${address.split('.').slice(0, 3).join('.')}.0/24`;
  const whole = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [before = '', after] = whole.split('::');
  const head = before.split(':').filter((group) => group !== '');
  const tail = (after ?? '').split(':').filter((group) => group !== '');
  const zeros = after === undefined ? 0 : 8 - head.length - tail.length;
  return `${[...head, ...Array<string>(zeros).fill('0'), ...tail].slice(0, 3).join(':')}::/48`;
}
