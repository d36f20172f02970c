/** A script in the HTML of a page. */
export interface PageScript {
  /** Empty for an inline script. */
  readonly src: string;
  readonly text: string;
  /** Whether its type prevents browsers from running it. Consent tools block scripts this way until the shopper agrees. */
  readonly isHeldBack: boolean;
}

/** The elements in which no script runs. */
const inert = ['noscript', 'template', 'textarea', 'title', 'style'];
const dataTypes = /json|html|template|importmap|speculationrules/;

/**
 * Returns the scripts of a page in their order, except those in comments. The HTML is untrusted, so it is read in one pass that ends at the
 * first unclosed element.
 */
export function extractScripts(html: string): readonly PageScript[] {
  const lower = html.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase());
  const scripts: PageScript[] = [];
  let at = lower.indexOf('<');
  while (at >= 0) {
    if (lower.startsWith('<!--', at)) {
      at = after(lower, '-->', at + 4);
    } else {
      const name = readName(lower, at + 1);
      const end = name === '' ? at : endOfTag(html, at + 1);
      if (end < 0) break;
      if (name !== 'script' && !inert.includes(name)) {
        at = end;
      } else {
        const close = lower.indexOf(`</${name}`, end);
        if (name === 'script') {
          const { src, type } = readAttributes(html.slice(at + 7, end));
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

/** Returns the tag's name; empty if the `<` does not begin a start tag. */
function readName(lower: string, at: number): string {
  let end = at;
  while (end - at < 12 && /[a-z]/.test(lower.charAt(end))) end += 1;
  return lower.slice(at, end);
}

/** Finds the tag's closing `>` outside of quoted values. A quote opens a value only after an equals sign. */
function endOfTag(html: string, from: number): number {
  let quote = '';
  let last = '';
  for (let at = from; at < html.length; at += 1) {
    const char = html.charAt(at);
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '>') return at;
    else if ((char === '"' || char === "'") && last === '=') quote = char;
    if (/\S/.test(char)) last = char;
  }
  return -1;
}

const attribute = /[\s"'/](src|type)\s{0,20}=\s{0,20}(?:"([^"]{0,4000})"|'([^']{0,4000})'|([^\s"'=<>`]{1,4000}))/gi;

function readAttributes(tag: string): { src: string; type: string } {
  const found = { src: '', type: '' };
  for (const [, name = '', inDouble, inSingle, bare] of tag.matchAll(attribute)) {
    const value = (inDouble ?? inSingle ?? bare ?? '').trim();
    if (name.toLowerCase() === 'src') found.src ||= value.replaceAll('&amp;', '&');
    else found.type ||= value.toLowerCase();
  }
  return found;
}

/** Returns whether browsers run a script of this type. CDNs that reorder scripts add a prefix to the type. */
function runs(type: string): boolean {
  return type === '' || type === 'module' || /(?:java|ecma)script$/.test(type.split(';')[0] ?? '');
}
