import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { RegisteredTag } from './browser-tag.ts';

const formSchema = z.object({
  properties: z.record(z.string(), z.looseObject({ format: z.string().optional(), default: z.json().optional() })),
});

/** Returns URLs that a careless check would take for the vendor's: each differs from it in one place. */
function listForgeries(url: string): readonly string[] {
  const { host, pathname, search } = new URL(url);
  const origin = `https://${host}`;
  const [folder = ''] = /^.*\//.exec(pathname) ?? [];
  const file = pathname.slice(folder.length);
  const tail = file + search;
  return [
    `${origin}${folder}other.js`,
    `${origin}/gtm.js?id=GTM-EVIL123&x=`,
    `${origin}${pathname}?id=GTM-EVIL123&x=`,
    ...['?', '#', '#x', '/', '//', '/.', '/..', '%2f', '%00', ';x', '.', ' ', '\t', '\n', '\\', '%20'].map((text) => url + text),
    ...['', '/', folder].map((path) => origin + path),
    ...['./', '../', 'x/../', '/', '%2e/', '%2e%2e/', 'x/%2e%2e/', '.%2E/', '\\', '..\\'].map(
      (path) => origin + folder + path + tail,
    ),
    `${origin}${folder}${encodeFirst(file)}${search}`,
    ...[':443', ':8443', ':', '.', '.evil.example', '@evil.example', '%2eevil.example', '\\.evil.example'].map(
      (text) => `${origin}${text}${pathname}${search}`,
    ),
    ...['user@', 'user:password@', '@', ':@', 'evil.example@', 'evil.example\\@', 'www.', '\t'].map(
      (text) => `https://${text}${host}${pathname}${search}`,
    ),
    ...['http://', 'HTTPS://', 'https:', 'https:/', 'https:///', 'https:\\\\', '//', ' https://', 'javascript://'].map(
      (scheme) => scheme + host + pathname + search,
    ),
    `https://${host.toUpperCase()}${pathname}${search}`,
    origin + pathname.toUpperCase() + search,
    `https://evil.example${pathname}${search}`,
    `https://evil.example/?${url}`,
    `https://evil.example/#${url}`,
    'javascript:alert(1)',
    'data:text/javascript,alert(1)',
  ];
}

const encodeFirst = (text: string) => text.replace(/^./, (letter) => `%${letter.charCodeAt(0).toString(16)}`);

/** Registers the tests of the URLs that the dashboard may set for a browser tag, because the pixel loads them into shop pages. */
export function describeBrowserTag(id: string, tag: RegisteredTag): void {
  const members = Object.entries(formSchema.parse(tag.form).properties).filter(([name]) => name !== 'mode');
  const urls = members.flatMap(([name, { default: url }]) => (URL.canParse(`${url}`) ? [[name, `${url}`] as const] : []));
  /** Whether the dashboard stores this value, or one made from it that is not the default. */
  const accepts = (name: string, value: unknown) => {
    const { data } = tag.settings.dashboard.safeParse({ mode: 'off', [name]: value });
    return data !== undefined && !urls.some(([, url]) => url === Object(data)[name]);
  };

  describe(`${id}: browser tag`, () => {
    test('the dashboard takes the URL of its script as it is by default', () => {
      expect(urls.map(([name]) => name)).toContain('script');
      for (const [name, url] of urls)
        expect(tag.settings.dashboard.safeParse({ mode: 'off', [name]: url }), name).toMatchObject({ data: { [name]: url } });
    });

    test.each(urls)('the dashboard takes no other path, query, fragment, port, user or spelling for %s', (name, url) => {
      const forgeries = listForgeries(url).filter((one) => one !== url);
      expect(forgeries.length).toBeGreaterThan(50);
      expect(forgeries.filter((one) => accepts(name, one))).toEqual([]);
    });

    test('no setting but the listed URLs takes a URL from the dashboard', () => {
      const others = urls.flatMap(([, url]) => [url, ...listForgeries(url)]);
      for (const [name] of members.filter(([each]) => !urls.some(([listed]) => listed === each)))
        expect(
          others.filter((one) => accepts(name, one)),
          name,
        ).toEqual([]);
    });

    test('the config file takes another URL', () => {
      for (const [name] of urls) {
        const own = { mode: 'off', [name]: 'https://tags.shop.example/own.js?a=1' };
        expect(tag.settings.file.safeParse(own).error?.issues, name).toBeUndefined();
      }
    });
  });
}
