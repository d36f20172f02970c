import { createTagCookies } from '../../kit/tag/tag-cookies.ts';
import { tagSha256 } from '../../kit/tag/tag-sha256.ts';
import { tagCommands } from './tag-commands.ts';

/**
 * The script of `GET /ct/core.js`: a classic script that takes the place of the queue `window.pintrk`. It implements the documented
 * behaviour of Pinterest's browser tag and reports to the origin that it was loaded from. Undocumented behaviour is marked as an assumption
 * in the file that decides it. Not simulated: automatic enhanced match, the tag's own configuration, third-party cookies.
 */
export const tagScript = `// The browser tag of the Pinterest simulator. It reports to the origin that it was loaded from.
(() => {
'use strict';
if (window.pintrk?.isLive) return;
const origin = document.currentScript?.src ? new URL(document.currentScript.src).origin : location.origin;
${[createTagCookies('_pinprobe'), tagSha256, tagCommands].join('')}
takeQueue();
})();
`;
