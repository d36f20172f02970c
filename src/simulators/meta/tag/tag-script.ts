import { createTagCookies } from '../../kit/tag/tag-cookies.ts';
import { tagNavigation } from '../../kit/tag/tag-navigation.ts';
import { tagSha256 } from '../../kit/tag/tag-sha256.ts';
import { tagBeacons } from './tag-beacons.ts';
import { tagCommands } from './tag-commands.ts';
import { tagCookies } from './tag-cookies.ts';
import { tagPerson } from './tag-person.ts';

/**
 * The script of `GET /en_US/fbevents.js`: a classic script that takes the place of the queue `window.fbq`. It implements the documented
 * behaviour of Meta's browser tag and reports to the origin that it was loaded from. Undocumented behaviour is marked as an assumption
 * in the file that decides it. Not simulated: automatic events and automatic advanced matching, the pixel's own settings file,
 * third-party cookies, and the appendix of Meta's library to the cookies.
 */
export const tagScript = `// The browser tag of the Meta simulator. It reports to the origin that it was loaded from.
(() => {
'use strict';
if (window.fbq?.callMethod) return;
const origin = document.currentScript?.src ? new URL(document.currentScript.src).origin : location.origin;
${[createTagCookies('_fbprobe'), tagSha256, tagNavigation, tagPerson, tagCookies, tagBeacons, tagCommands].join('')}
const fbq = takeQueue();
followHistory();
for (const call of Array.isArray(fbq.queue) ? fbq.queue.splice(0) : []) execute(...call);
fbq.callMethod = (...given) => execute(...given);
})();
`;
