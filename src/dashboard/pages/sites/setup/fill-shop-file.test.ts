import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fillCustomPixel, fillTagManagerTag, fillThemeSnippet } from './fill-shop-file.ts';

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

  it('have the own pixel URL in the tag of the container', () => {
    const text = fillTagManagerTag(read('examples/google-tag-manager/custom-html.html'), values);
    expect(text).toContain(`s.src='${values.pixel}'`);
    expect(text).not.toContain('127.0.0.1');
  });

  it('are not shown with an example when the file changed', () => {
    expect(() => fillThemeSnippet('', values)).toThrow('0 times');
  });
});
