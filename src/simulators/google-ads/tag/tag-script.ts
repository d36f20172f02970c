import { createTagCookies } from '../../kit/tag/tag-cookies.ts';
import { tagBeacons } from './tag-beacons.ts';
import { tagCommands } from './tag-commands.ts';
import { tagCookies } from './tag-cookies.ts';

/**
 * The script of `GET /gtag/js`: a classic script that executes the commands in `window.dataLayer`. It implements the documented behaviour
 * of Google's tag for conversions of Google Ads, and reports to the origin that it was loaded from. Undocumented behaviour is marked as an
 * assumption in the file that decides it. Not simulated: Analytics, remarketing, enhanced conversions, and the tag's own settings file.
 */
export const tagScript = `// The browser tag of the Google Ads simulator. It reports to the origin that it was loaded from.
(() => {
'use strict';
if (window.google_tag_manager?.isSimulated) return;
const origin = document.currentScript?.src ? new URL(document.currentScript.src).origin : location.origin;
${[createTagCookies('_gclprobe'), tagCookies, tagBeacons, tagCommands].join('')}
window.google_tag_manager = { ...window.google_tag_manager, isSimulated: true };
takeDataLayer();
})();
`;
