import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorCodes } from '../../errors.ts';
import { openApi } from '../api.fixture.ts';
import { type Route, splitRouteKey } from '../http/route.ts';
import { routeKeys, routes } from '../routes.ts';
import { createOpenApiDocument } from './openapi.ts';

const document = createOpenApiDocument(routes, '1.2.3');
const operations = Object.entries(document.paths).flatMap(([path, ofPath]) =>
  Object.entries(ofPath).map(([method, operation]) => ({ address: `${method.toUpperCase()} ${path}`, operation })),
);

function toTemplate(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}');
}

describe('the OpenAPI document', () => {
  let api: Awaited<ReturnType<typeof openApi>>;
  beforeAll(async () => {
    api = await openApi();
  });
  afterAll(() => api.dispose());

  it('is valid OpenAPI 3.1 without broken references', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(JSON.parse(JSON.stringify(document)));
    expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
    expect(validator.version).toBe('3.1');
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, to = '']) => to);
    expect(references.length).toBeGreaterThan(20);
    const known = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    for (const reference of references) expect(known).toContain(reference);
  });

  it('has exactly the routes of the app', () => {
    const served = api.app().routes.map(({ method, path }) => `${method} ${toTemplate(path)}`);
    expect(operations.map(({ address }) => address).toSorted()).toEqual([...new Set(served)].toSorted());
  });

  it('is served by the API', async () => {
    expect(await (await api.app().request('/api/openapi.json')).json()).toEqual(
      JSON.parse(JSON.stringify(createOpenApiDocument(routes, '1'))),
    );
  });

  it('has unique operation ids, and describes every parameter and response', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { address, operation } of operations) {
      for (const { name, description } of operation.parameters) expect(description, `${address} ${name}`).toMatch(/\.$/);
      for (const [status, { description }] of Object.entries(operation.responses))
        expect(description, `${address} ${status}`).not.toBe('');
    }
  });

  it('states of every parameter whether it is required, its type and its default', () => {
    const parameters = document.paths['/api/sites/{site}/events']?.get?.parameters ?? [];
    const limit = parameters.find(({ name }) => name === 'limit');
    expect(limit).toMatchObject({
      in: 'query',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 1_000, default: 50 },
    });
    expect(parameters.find(({ name }) => name === 'site')).toMatchObject({ in: 'path', required: true });
    const id = document.paths['/api/sites/{site}/timelines']?.get?.parameters.find(({ name }) => name === 'id');
    expect(id).toMatchObject({ in: 'query', required: true, schema: { type: 'string' } });
    expect(parameters.find(({ name }) => name === 'has')?.schema).toMatchObject({ type: 'array', items: { type: 'string' } });
  });

  it('lists the errors of every operation, all of them known', () => {
    for (const { address, operation } of operations) {
      const codes = Object.values(operation.responses).flatMap(({ content }) =>
        Object.values(content).flatMap(({ examples: known = {} }) => Object.keys(known)),
      );
      expect(codes, address).toEqual(expect.arrayContaining(['parameter-invalid', 'internal']));
      for (const code of codes) expect(errorCodes).toContain(code);
      expect(codes.includes('no-such-site'), address).toBe(address.includes('{site}'));
    }
  });
});

describe('the examples of the document', () => {
  it.each(routeKeys)('%s has examples that match its schemas', (key) => {
    const route: Route = routes[key];
    const [method, path] = splitRouteKey(key);
    const { requestBody, responses } =
      operations.find(({ address }) => address === `${method} ${toTemplate(path)}`)?.operation ?? {};
    const response = responses?.['200']?.content['application/json']?.example;
    if (route.mediaType === undefined && key !== 'GET /api/openapi.json')
      expect(route.response.parse(response)).toEqual(response);
    const body = requestBody?.content['application/json']?.example;
    if (body !== undefined) expect(route.body.parse(body)).toEqual(body);
    expect(body !== undefined).toBe(Object.keys(route.body.shape).length > 0);
  });
});
