import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lintTemplate } from './lint.fixture.ts';
import { createSandbox, runScenario } from './sandbox.fixture.ts';
import { parseTemplate } from './template.fixture.ts';

const folder = join(import.meta.dirname, '../../shops/google-tag-manager');
const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const templates = ['web.tpl', 'server.tpl'] as const;

describe.each(templates)('the template %s', (name) => {
  const template = parseTemplate(read(name));

  test('has the sections of an import, and no terms, which the operator accepts in the editor', () => {
    const kind = template.context === 'WEB' ? 'WEB_TEMPLATE' : 'SERVER';
    expect(template.sections).toEqual([
      'INFO',
      'TEMPLATE_PARAMETERS',
      `SANDBOXED_JS_FOR_${kind}`,
      `${template.context}_PERMISSIONS`,
      'TESTS',
      'NOTES',
    ]);
  });

  test('has only syntax and names that the sandbox knows', () => {
    expect(lintTemplate(template)).toEqual([]);
  });

  test.each(template.scenarios)('passes its own scenario: $name', ({ code }) => {
    runScenario(template, code);
  });

  test('declares exactly the permissions that its scenarios need', () => {
    const used = new Set(template.scenarios.flatMap(({ code }) => [...runScenario(template, code)]));
    expect([...used].toSorted()).toEqual(template.permissions.toSorted());
  });
});

test('the web template never takes the state of Consent Mode for a choice', () => {
  expect(read('web.tpl')).not.toContain('isConsentGranted');
});

test('the server template writes no log', () => {
  expect(read('server.tpl')).not.toContain('logToConsole');
});

describe('the runner of templates', () => {
  const template = parseTemplate(read('web.tpl'));
  const plant = (code: string) => ({ ...template, code });

  test.each([
    ['class A {}', 'unknown syntax'],
    ['const a = `b`;', 'unknown syntax'],
    ['const a = [...data.value];', 'unknown syntax'],
    ['const { value } = data;', 'unknown syntax'],
    ['const a = /b/;', 'unknown syntax'],
    ['const a = data.value ?? 1;', 'unknown syntax'],
    ['const a = data.value?.b;', 'unknown syntax'],
    ['const a = new Date();', 'unknown syntax'],
    ['window.convey();', 'undeclared name: window'],
    ['const a = data.nothing;', 'unknown parameter: nothing'],
  ])('refuses %s', (code, fault) => {
    expect(lintTemplate(plant(code)).join()).toContain(fault);
  });

  test('reports a parameter that the code does not read', () => {
    expect(lintTemplate(plant(''))).toContain('parameter not read: command');
  });

  test.each(['Object', 'globalThis', 'JSON', 'Function', 'process'])('hides %s from the code', (name) => {
    expect(() => createSandbox(plant(`${name}.x;`), {}).run({})).toThrow();
  });

  test('refuses functions that the sandbox has not, and uses without a permission', () => {
    expect(() => createSandbox(plant("require('fetch')"), {}).run({})).toThrow('the sandbox has no fetch');
    const other = "require('injectScript')('https://other.example/p.js')";
    expect(() => createSandbox(plant(other), {}).run({})).toThrow(
      'the template may not: inject_script https://other.example/p.js',
    );
  });

  test('fails a scenario whose assertion fails, and a run that ends twice or never', () => {
    expect(() => runScenario(template, 'assertThat(1).isEqualTo(2);')).toThrow();
    expect(() => runScenario(plant(''), 'runCode({});')).toThrow('a run ends once');
    expect(() => runScenario(plant('data.gtmOnSuccess(); data.gtmOnFailure();'), 'runCode({});')).toThrow('a run ends once');
  });

  test('refuses a template that allows more than it lists', () => {
    expect(() => parseTemplate(read('server.tpl').replace('"string": "specific"', '"string": "any"'))).toThrow('allows more');
  });
});
