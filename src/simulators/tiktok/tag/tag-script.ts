import { createTagCookies } from '../../kit/tag/tag-cookies.ts';
import { tagSha256 } from '../../kit/tag/tag-sha256.ts';
import { tagCalls } from './tag-calls.ts';
import { tagPerson } from './tag-person.ts';

/**
 * The script of `GET /i18n/pixel/events.js`: a classic script that takes the place of the queue `window.ttq`. It implements the documented
 * behaviour of TikTok's browser tag and reports to the origin that it was loaded from. Undocumented behaviour is marked as an assumption in
 * the file that decides it. Not simulated: automatic events and automatic advanced matching, page views of a router, and third-party cookies.
 */
export const tagScript = `// The browser tag of the TikTok simulator. It reports to the origin that it was loaded from.
(() => {
'use strict';
if (window.ttq?.isSimulated) return;
const origin = document.currentScript?.src ? new URL(document.currentScript.src).origin : location.origin;
${[createTagCookies('_ttprobe'), tagSha256, tagPerson, tagCalls].join('')}
takeQueue();
})();
`;
