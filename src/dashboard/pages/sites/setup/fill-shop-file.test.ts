import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runScenario } from '../../../../../test/tag-manager/sandbox.fixture.ts';
import { parseTemplate } from '../../../../../test/tag-manager/template.fixture.ts';
import { fillCustomPixel, fillServerTemplate, fillThemeSnippet, fillWebTemplate } from './fill-shop-file.ts';

const read = (path: string) => readFileSync(path, 'utf8');
const values = { pixel: 'https://shop.example/data/m/v.js?k=wk_own_12345678', writeKey: 'wk_own_12345678' };

describe('the files for a shop', () => {
  it('have the own values in the theme snippet', () => {
    const text = fillThemeSnippet(read('shops/shopify/convey.liquid'), values);
    expect(text).toContain("assign pixel = 'https://shop.example/data/m/v.js'\n");
    expect(text).toContain("assign write_key = 'wk_own_12345678'\n");
    expect(text).toContain('Save this file as snippets/convey.liquid, and\n  put {% raw %}');
  });

  it('have the own values in the custom pixel', () => {
    const original = read('shops/shopify/custom-pixel.js');
    const text = fillCustomPixel(original, { ...values, tagId: '187012345' });
    expect(text).toContain("    collector: 'https://shop.example/data/m',\n");
    expect(text).toContain("    writeKey: 'wk_own_12345678',\n");
    expect(text).toContain("    tagId: '187012345',\n");
    expect(text).not.toContain('fill in');
    expect(fillCustomPixel(original, values)).toContain("    tagId: '',\n");
  });

  it('have the own URLs in code and permissions of the templates of Tag Manager', () => {
    const web = parseTemplate(fillWebTemplate(read('shops/google-tag-manager/web.tpl'), values));
    expect(web.code).toContain(`const scriptUrl = '${values.pixel}';`);
    expect(web.permissions.filter((one) => one.startsWith('inject'))).toEqual([`inject_script ${values.pixel}`]);
    const server = parseTemplate(fillServerTemplate(read('shops/google-tag-manager/server.tpl'), "https://shop.example/o'n"));
    expect(server.code).toContain("const eventsUrl = 'https://shop.example/o%27n/v1/events';");
    expect(server.permissions).toContain('send_http https://shop.example/o%27n/v1/events');
    for (const template of [web, server]) {
      expect(template.code).not.toContain('data.shop.example');
      for (const { code } of template.scenarios) expect(() => runScenario(template, code)).not.toThrow();
    }
  });

  it('are not shown with an example when the file changed', () => {
    expect(() => fillThemeSnippet('', values)).toThrow('0 times');
  });
});
