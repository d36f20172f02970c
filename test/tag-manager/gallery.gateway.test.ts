import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { formatGalleryTemplate, releaseTemplate } from '../../scripts/tag-manager-gallery.ts';
import { lintTemplate } from './lint.fixture.ts';
import { runScenario } from './sandbox.fixture.ts';
import { parseTemplate } from './template.fixture.ts';

describe.each(['web', 'server'] as const)("the gallery's %s template", (kind) => {
  const template = parseTemplate(formatGalleryTemplate(kind));

  test('suits every site, and passes its scenarios', () => {
    expect(lintTemplate(template)).toEqual([]);
    const used = new Set(template.scenarios.flatMap(({ code }) => [...runScenario(template, code)]));
    const isGeneral = (permission: string) => permission.includes('https://*/*');
    expect(template.permissions.filter((one) => !isGeneral(one)).toSorted()).toEqual(
      [...used].filter((one) => !one.startsWith('send_http ')).toSorted(),
    );
    expect(template.permissions.filter(isGeneral)).toEqual(kind === 'web' ? [] : ['send_http https://*/*']);
    expect(template.code).not.toContain('shop.example');
    expect(template.permissions.join()).not.toContain('inject_script');
  });

  test('is released with the hash of its commit, newest first', () => {
    const checkout = mkdtempSync(join(tmpdir(), 'convey-gallery-'));
    const git = (...args: string[]) => execFileSync('git', args, { cwd: checkout, encoding: 'utf8' }).trim();
    git('init', '--quiet');
    git('config', 'user.email', 'maintainer@shop.example');
    git('config', 'user.name', 'Maintainer');
    const addresses = { homepage: 'https://convey.example', documentation: 'https://convey.example/guide' };
    const first = releaseTemplate(kind, checkout, addresses);
    expect(releaseTemplate(kind, checkout, addresses)).toBeUndefined();
    writeFileSync(join(checkout, 'template.tpl'), 'older');
    git('commit', '--quiet', '--all', '--message', 'older');
    const second = releaseTemplate(kind, checkout, addresses);
    const { versions, ...others } = parseYaml(readFileSync(join(checkout, 'metadata.yaml'), 'utf8'));
    expect(others).toEqual(addresses);
    expect(versions.map(({ sha }: { sha: string }) => sha)).toEqual([second, first]);
    expect(git('show', `${second}:template.tpl`)).toBe(formatGalleryTemplate(kind).trim());
    expect(git('ls-tree', '--name-only', 'HEAD').split('\n')).toEqual(['LICENSE', 'README.md', 'metadata.yaml', 'template.tpl']);
  });
});
