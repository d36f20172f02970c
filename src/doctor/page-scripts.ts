/** One script of a page's text, as it stands there: nothing was run, and nothing was loaded. */
export interface PageScript {
  /** Empty where the script is in the page itself. */
  readonly src: string;
  readonly text: string;
  /** Its type is none that a browser runs: how consent tools keep a script back until the shopper agreed. */
  readonly isHeldBack: boolean;
}

/** Parts of a page in which no script runs. */
const inert = ['noscript', 'template', 'textarea', 'title', 'style'];
const dataTypes = /json|html|template|importmap|speculationrules/;

/**
 * The scripts of a page, in their order, without what stands in comments. The text is anybody's, so it is read once from
 * front to back, and whatever is not closed ends the reading.
 */
export function extractScripts(html: string): readonly PageScript[] {
  const lower = html.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase());
  const scripts: PageScript[] = [];
  let at = lower.indexOf('<');
  while (at >= 0) {
    if (lower.startsWith('<!--', at)) {
      at = after(lower, '-->', at + 4);
    } else {
      const name = nameAt(lower, at + 1);
      const end = name === '' ? at : endOfTag(html, at + 1);
      if (end < 0) break;
      if (name !== 'script' && !inert.includes(name)) {
        at = end;
      } else {
        const close = lower.indexOf(`</${name}`, end);
        if (name === 'script') {
          const { src, type } = attributesOf(html.slice(at + 7, end));
          const text = html.slice(end + 1, close < 0 ? undefined : close);
          if (!dataTypes.test(type)) scripts.push({ src, text, isHeldBack: !runs(type) });
        }
        at = close;
      }
    }
    if (at < 0) break;
    at = lower.indexOf('<', at + 1);
  }
  return scripts;
}

function after(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found < 0 ? -1 : found + mark.length - 1;
}

/** The tag's name; empty where a `<` begins no start tag. */
function nameAt(lower: string, at: number): string {
  let end = at;
  while (end - at < 12 && /[a-z]/.test(lower.charAt(end))) end += 1;
  return lower.slice(at, end);
}

/** Where the tag's `>` stands, outside of quoted values: a quote opens one only after an equals sign. */
function endOfTag(html: string, from: number): number {
  let quote = '';
  let last = '';
  for (let at = from; at < html.length; at += 1) {
    const here = html.charAt(at);
    if (quote !== '') {
      if (here === quote) quote = '';
    } else if (here === '>') return at;
    else if ((here === '"' || here === "'") && last === '=') quote = here;
    if (/\S/.test(here)) last = here;
  }
  return -1;
}

const attribute = /[\s"'/](src|type)\s{0,20}=\s{0,20}(?:"([^"]{0,4000})"|'([^']{0,4000})'|([^\s"'=<>`]{1,4000}))/gi;

function attributesOf(tag: string): { src: string; type: string } {
  const found = { src: '', type: '' };
  for (const [, name = '', inDouble, inSingle, bare] of tag.matchAll(attribute)) {
    const value = (inDouble ?? inSingle ?? bare ?? '').trim();
    if (name.toLowerCase() === 'src') found.src ||= value.replaceAll('&amp;', '&');
    else found.type ||= value.toLowerCase();
  }
  return found;
}

/** CDNs that reorder scripts put a mark of theirs before the type. */
function runs(type: string): boolean {
  return type === '' || type === 'module' || /(?:java|ecma)script$/.test(type.split(';')[0] ?? '');
}
