import type { Connection, Site } from '../../event/site.ts';
import type { PlatformSetup, SetupWarning } from '../kit/setup.ts';

/** The setup of Microsoft Advertising. */
export const setup: PlatformSetup = {
  guides: {
    settings: 'guides/microsoft/configure-the-destination',
    credential: 'guides/microsoft/enable-capi',
    troubleshooting: 'guides/microsoft/troubleshooting',
    clickIds: 'guides/microsoft/enable-click-id-tracking',
  },
  examples: { connection: 'bing', settings: { tagId: '187012345', customerId: '254610987' } },
  goals: {
    description:
      'Microsoft counts only events whose name equals the Action of a goal. Create a goal for each event that is a conversion, such as purchases and leads.',
    instruction:
      'In Microsoft Advertising: Conversions › Conversion goals › Create › Business website › Event. Enter the Action exactly as shown, and nothing else.',
    guide: 'guides/microsoft/create-event-goals',
  },
  checkSite,
};

/** Warns of connections to other UET tags: the pixel works with one tag per page and cannot detect page views of other tags. */
function checkSite({ tags }: Site, connections: readonly Connection[]): readonly SetupWarning[] {
  const uet = tags.microsoft;
  if (!uet || uet.mode === 'off') return [];
  const unmerged: SetupWarning = {
    subject: 'tags.microsoft',
    says: "No connection sends to the tag `tags.microsoft.tagId`, so Microsoft cannot merge the tag's events with the server's. Set `tags.microsoft.tagId` to the `tagId` of a connection",
  };
  const others = connections.filter(({ settings }) => settings.tagId !== uet.tagId && settings.pageLoads === 'auto');
  return [
    ...(connections.some(({ settings }) => settings.tagId === uet.tagId) ? [] : [unmerged]),
    ...others.map(({ id }) => ({
      subject: id,
      says: "Its tag is not the site's `tags.microsoft.tagId`, so `pageLoads: auto` follows another tag. Set `pageLoads` to `always` if the tag is not on the pages, else to `never`",
    })),
  ];
}
