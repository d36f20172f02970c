import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import vm from 'node:vm';
import type { Context, Template } from './template.fixture.ts';

/**
 * Runs a template as Tag Manager's sandbox does: the code has the documented functions and nothing else, and each use of a function needs a
 * permission. @source https://developers.google.com/tag-platform/tag-manager/templates/api (2026-12)
 */

type Api = (...input: never[]) => unknown;

interface KnownApi {
  /** Returns the permissions that a call needs. Absent: none. */
  readonly permissions?: (...input: readonly string[]) => readonly string[];
  /** Works without an environment. */
  readonly own?: unknown;
}

const readsAndWrites = (keys: readonly string[]) =>
  keys.flatMap((key) => [`access_globals read ${key}`, `access_globals write ${key}`]);

const getType = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);
const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
const everywhere: Readonly<Record<string, KnownApi>> = {
  getType: { own: getType },
  makeString: { own: String },
  JSON: { own: { parse: parseJson, stringify: JSON.stringify } },
};
const apis: Readonly<Record<Context, Readonly<Record<string, KnownApi>>>> = {
  WEB: {
    ...everywhere,
    copyFromDataLayer: { permissions: (key = '') => [`read_data_layer ${key}`] },
    createArgumentsQueue: { permissions: (...keys) => readsAndWrites(keys) },
    injectScript: { permissions: (url = '') => [`inject_script ${url}`] },
  },
  SERVER: {
    ...everywhere,
    getCookieValues: { permissions: (name = '') => [`get_cookies ${name}`] },
    getEventData: { permissions: (key = '') => [`read_event_data ${key}`] },
    sendHttpRequest: { permissions: (url = '') => [`send_http ${url}`] },
    sha256Sync: { own: (text: string) => createHash('sha256').update(text).digest('hex') },
  },
};

export interface Sandbox {
  /** Runs the template's code with the values of its parameters. */
  run(data: Readonly<Record<string, unknown>>): { readonly succeeded: number; readonly failed: number };
  /** The permissions that the runs needed. */
  readonly used: Set<string>;
  readonly calls: Map<string, unknown[][]>;
  readonly require: (name: string) => unknown;
}

/** Creates a sandbox. `environment` has the functions that reach outside. */
export function createSandbox(template: Template, environment: Readonly<Record<string, Api>>): Sandbox {
  const used = new Set<string>();
  const calls = new Map<string, unknown[][]>();
  const note = (name: string, input: readonly unknown[]) => calls.set(name, [...(calls.get(name) ?? []), [...input]]);
  const require = (name: string): unknown => {
    const known = apis[template.context][name];
    if (!known) throw new Error(`the sandbox has no ${name}`);
    if (typeof known.own === 'object') return known.own;
    return (...input: unknown[]) => {
      for (const permission of known.permissions?.(...input.map(String).slice(0, name === 'createArgumentsQueue' ? 2 : 1)) ??
        []) {
        used.add(permission);
        if (!isAllowed(template, permission)) throw new Error(`the template may not: ${permission}`);
      }
      note(name, input);
      const run = environment[name] ?? known.own;
      if (typeof run !== 'function') throw new Error(`the scenario does not mock ${name}`);
      return Reflect.apply(run, undefined, input);
    };
  };
  const code = compile(template.code, ['require', 'data']);
  return {
    used,
    calls,
    require,
    run(data) {
      const results = { succeeded: 0, failed: 0 };
      const gtmOnSuccess = () => {
        results.succeeded += 1;
        note('gtmOnSuccess', []);
      };
      const gtmOnFailure = () => {
        results.failed += 1;
        note('gtmOnFailure', []);
      };
      code(require, { ...data, gtmOnSuccess, gtmOnFailure });
      return results;
    },
  };
}

function isAllowed({ permissions }: Template, permission: string): boolean {
  const anyAddress = /^(\w+) https:\/\/[^*]+$/.exec(permission);
  return permissions.includes(permission) || (anyAddress !== null && permissions.includes(`${anyAddress[1]} https://*/*`));
}

/** Compiles code that has no other names than the given ones, also none of JavaScript's own. */
function compile(code: string, names: readonly string[]): (...values: readonly unknown[]) => unknown {
  const context = vm.createContext({});
  const globals: unknown = vm.runInContext('Object.getOwnPropertyNames(globalThis)', context);
  assert.ok(Array.isArray(globals));
  const hidden = globals.filter((name) => !['undefined', 'NaN', 'Infinity', 'eval', 'arguments'].includes(name));
  const wrapped = `(function (${hidden}) { return function (${names}) { 'use strict'; ${code}\n}; })()`;
  return vm.runInContext(wrapped, context);
}

/** Runs one scenario of the template's own tests. Throws if an assertion fails, or if a run does not end exactly once. */
export function runScenario(template: Template, scenario: string): ReadonlySet<string> {
  const mocks: Record<string, Api> = {};
  const sandbox = createSandbox(template, mocks);
  const helpers = {
    require: sandbox.require,
    runCode: (data: Readonly<Record<string, unknown>>) => {
      const { succeeded, failed } = sandbox.run(data);
      assert.equal(succeeded + failed, 1, 'a run ends once');
    },
    mock: (name: string, value: unknown) => {
      mocks[name] = typeof value === 'function' ? (...input) => Reflect.apply(value, undefined, input) : () => value;
    },
    assertThat,
    assertApi: (name: string) => ({
      wasCalled: () => assert.ok(sandbox.calls.has(name), `${name} was called`),
      wasNotCalled: () => assert.ok(!sandbox.calls.has(name), `${name} was not called`),
    }),
  };
  compile(`${template.setup}\n${scenario}`, Object.keys(helpers))(...Object.values(helpers));
  return sandbox.used;
}

function assertThat(actual: unknown) {
  return {
    isEqualTo: (expected: unknown) => assert.equal(actual, expected),
    isUndefined: () => assert.equal(actual, undefined),
    isTrue: () => assert.equal(actual, true),
    isFalse: () => assert.equal(actual, false),
    hasLength: (length: number) => assert.equal(Reflect.get(Object(actual), 'length'), length),
  };
}
