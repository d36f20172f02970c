import { z } from 'zod';
import { errorBody } from '../../errors.ts';
import { type ApiErrorCode, errorStatus } from '../http/api-errors.ts';
import { listRoutes, type Method, type Route, type RouteTable, splitRouteKey } from '../http/route.ts';
import { errorResponse, schemaNames } from '../http/schema-parts.ts';
import { createExample } from './create-example.ts';

/** JSON Schema 2020-12. */
export type Schema = z.core.JSONSchema.BaseSchema;

interface Content {
  readonly content: Readonly<
    Record<
      string,
      {
        readonly schema: Schema;
        readonly example?: unknown;
        readonly examples?: Readonly<Record<string, { readonly summary: string; readonly value: unknown }>>;
      }
    >
  >;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly deprecated?: boolean;
  readonly description: string;
  readonly schema: Schema;
}

export interface Operation {
  readonly tags: readonly string[];
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: Content & { readonly required: boolean };
  readonly responses: Readonly<Record<string, Content & { readonly description: string }>>;
}

/** The part of OpenAPI 3.1 that is used here. */
export interface OpenApiDocument {
  readonly openapi: '3.1.1';
  readonly info: {
    readonly title: string;
    readonly version: string;
    readonly description: string;
    readonly license: { readonly name: string; readonly identifier: string };
  };
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, { readonly [M in Lowercase<Method>]?: Operation }>>;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly securitySchemes: { readonly session: { readonly type: 'apiKey'; readonly in: 'cookie'; readonly name: string } };
  };
}

const about =
  "The HTTP API of the CLI and the dashboard. Times are UNIX milliseconds. Future versions may add members to responses; ignore unknown members. Unknown parameters are rejected. Long lists are paginated: set `limit`, and pass the `next` of a response as `cursor` to get the next page. The socket in the data folder requires no authentication. The dashboard's port requires a session (401 `not-signed-in`), a role for some operations (403 `editor-only`, `owner-only`), and the header `Convey-Request` with any value for changes (403 `not-our-page`).";

/** Creates the document of a table of routes. */
export function createOpenApiDocument(table: RouteTable, version: string): OpenApiDocument {
  const entries = listRoutes(table);
  const { responseContent, schemas } = createResponseSchemas(entries);
  const paths: Record<string, Record<string, Operation>> = {};
  for (const [key, route] of entries) {
    const [method, path] = splitRouteKey(key);
    const template = path.replace(/:(\w+)/g, '{$1}');
    paths[template] = {
      ...paths[template],
      [method.toLowerCase()]: toOperation(method, path, route, responseContent),
    };
  }
  return {
    openapi: '3.1.1',
    info: { title: 'Convey admin API', version, description: about, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    tags: [...new Set(entries.map(([, { group }]) => group))].map((name) => ({ name })),
    paths,
    security: [{}, { session: [] }],
    components: { schemas, securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: 'convey' } } },
  };
}

function toOperation(
  method: Method,
  path: string,
  { group, right, summary, detail, params, body, response, mediaType, socketOnly, errors }: Route,
  responseContent: (response: z.ZodType) => { readonly schema: Schema; readonly example: unknown },
): Operation {
  const fields = Object.entries(params.shape);
  const isInPath = (name: string) => path.split('/').includes(`:${name}`);
  const hasBody = Object.keys(body.shape).length > 0;
  const bodySchema = withoutIds(z.toJSONSchema(body, { io: 'input' }));
  const content = responseContent(response);
  return {
    tags: [group],
    operationId: operationId(method, path),
    summary,
    ...createDescription(detail, socketOnly ? socketOnlyNote : rightNotes[right]),
    parameters: fields.map(([name, schema]) => parameter(name, isInPath(name) ? 'path' : 'query', schema)),
    ...(hasBody && {
      requestBody: {
        required: true,
        content: {
          'application/json': { schema: bodySchema, example: createExample(bodySchema, {}) },
        },
      },
    }),
    responses: {
      200: {
        description: response.description ?? summary,
        content: {
          [mediaType ?? 'application/json']: {
            schema: content.schema,
            ...(mediaType === undefined && { example: content.example }),
          },
        },
      },
      ...toErrorResponses(['parameter-invalid', ...errors, 'database-away', 'internal'], responseContent(errorResponse).schema),
    },
  };
}

const socketOnlyNote = 'Available only on the admin socket.';
const rightNotes = {
  account: undefined,
  viewer: undefined,
  editor: "On the dashboard's port, requires the role `editor` on the site.",
  owner: "On the dashboard's port, requires the role `owner` on the site.",
  'site-owner': "On the dashboard's port, requires the role `owner` on all sites, or on each site that the invitation names.",
  'gateway-owner': "On the dashboard's port, requires the role `owner` on all sites.",
} as const satisfies Record<Route['right'], string | undefined>;

function createDescription(...sentences: readonly (string | undefined)[]): { readonly description?: string } {
  const description = sentences.filter((sentence) => sentence !== undefined).join(' ');
  return description === '' ? {} : { description };
}

/** Returns an operation id: `getSitesDeadLetters` for `GET /api/sites/:site/dead-letters`, and the singular `getSite` for one item. */
function operationId(method: string, path: string): string {
  const isOfOne = /:\w+$/.test(path) && !path.endsWith(':action');
  const words = path.split(/[^A-Za-z]+/).filter((word) => word !== '' && word !== 'api');
  const names = words.filter((word) => !path.includes(`:${word}`) || word === 'action');
  const id = [method.toLowerCase(), ...names.map((word) => word.charAt(0).toUpperCase() + word.slice(1))].join('');
  return isOfOne ? id.replace(/s$/, '') : id;
}

function parameter(name: string, place: 'path' | 'query', field: z.ZodType): Parameter {
  const { description = '', deprecated, ...schema } = withoutIds(z.toJSONSchema(field, { io: 'output', override: forReaders }));
  const required = !field.safeParse(undefined).success;
  return { name, in: place, required, ...(deprecated === true && { deprecated }), description, schema };
}

function toErrorResponses(codes: readonly ApiErrorCode[], schema: Schema): Operation['responses'] {
  const byStatus = Map.groupBy(codes, (code) => String(errorStatus[code]));
  const answers = [...byStatus].map(([status, same]) => {
    const examples = Object.fromEntries(
      same.map((code) => [code, { summary: errorBody(code).error.message, value: errorBody(code) }]),
    );
    const description = same.map((code) => `\`${code}\``).join(', ');
    return [status, { description, content: { 'application/json': { schema, examples } } }] as const;
  });
  return Object.fromEntries(answers);
}

/** Converts all response schemas at once, so that the named ones become references. */
function createResponseSchemas(entries: ReturnType<typeof listRoutes>) {
  const ids = new Map(schemaNames);
  for (const [key, { response }] of entries) if (!ids.has(response)) ids.set(response, key);
  const registry = z.registry<{ readonly id: string }>();
  for (const [schema, id] of ids) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { io: 'input', uri: createReference, override: forReaders });
  const written = new Map(Object.entries(schemas).map(([id, schema]) => [id, withoutIds(schema)]));
  const isNamed = new Set(schemaNames.values());
  const named = Object.fromEntries([...written].filter(([id]) => isNamed.has(id)));
  return {
    schemas: named,
    responseContent(response: z.ZodType) {
      const id = ids.get(response) ?? '';
      const schema = written.get(id) ?? {};
      return { schema: isNamed.has(id) ? { $ref: createReference(id) } : schema, example: createExample(schema, named) };
    },
  };
}

function createReference(id: string): string {
  return `#/components/schemas/${id}`;
}

function withoutIds({ $schema: _, $id, ...schema }: Schema): Schema {
  return schema;
}

/** Removes members that describe JavaScript, not the API. */
function forReaders({ jsonSchema }: { readonly jsonSchema: Schema }): void {
  delete jsonSchema.readOnly;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}
