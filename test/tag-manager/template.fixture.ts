import { parse as parseYaml } from 'yaml';
import { z } from 'zod';

/** A custom template of Google Tag Manager, read from its `.tpl` file. */

export type Context = 'WEB' | 'SERVER';

export interface Template {
  readonly context: Context;
  readonly sections: readonly string[];
  readonly parameters: readonly z.infer<typeof parameterSchema>[];
  readonly code: string;
  /** What the template may do, one entry each, such as `send_http https://data.shop.example/v1/events`. */
  readonly permissions: readonly string[];
  /** The code before each scenario. */
  readonly setup: string;
  readonly scenarios: readonly { readonly name: string; readonly code: string }[];
}

const infoSchema = z.strictObject({
  type: z.literal('TAG'),
  id: z.literal('cvt_temp_public_id'),
  version: z.literal(1),
  securityGroups: z.tuple([]),
  displayName: z.string().min(1),
  categories: z.array(z.enum(['ADVERTISING', 'CONVERSIONS'])).max(3),
  brand: z.strictObject({ id: z.string(), displayName: z.string() }),
  description: z.string().max(200),
  containerContexts: z.tuple([z.enum(['WEB', 'SERVER'])]),
});

const parameterSchema = z.strictObject({
  type: z.enum(['TEXT', 'CHECKBOX', 'SELECT']),
  name: z.string().regex(/^[a-z][A-Za-z]*$/),
  displayName: z.string().optional(),
  checkboxText: z.string().optional(),
  simpleValueType: z.literal(true),
  defaultValue: z.union([z.string(), z.boolean()]).optional(),
  help: z.string().optional(),
  macrosInSelect: z.boolean().optional(),
  selectItems: z.array(z.strictObject({ value: z.string(), displayValue: z.string() })).optional(),
  valueValidators: z.array(z.strictObject({ type: z.literal('NON_EMPTY') })).optional(),
  enablingConditions: z
    .array(z.strictObject({ paramName: z.string(), paramValue: z.string(), type: z.literal('EQUALS') }))
    .optional(),
});

/** The values of permissions, as Tag Manager writes them: 1 is a string, 2 a list, 3 a map, 8 a boolean. */
const scalarSchema = z.union([
  z.strictObject({ type: z.literal(1), string: z.string() }),
  z.strictObject({ type: z.literal(8), boolean: z.boolean() }),
]);
const mapSchema = z.strictObject({ type: z.literal(3), mapKey: z.array(scalarSchema), mapValue: z.array(scalarSchema) });
const permissionSchema = z.strictObject({
  instance: z.strictObject({
    key: z.strictObject({ publicId: z.string(), versionId: z.literal('1') }),
    param: z.array(
      z.strictObject({
        key: z.string(),
        value: z.union([
          scalarSchema,
          z.strictObject({ type: z.literal(2), listItem: z.array(z.union([scalarSchema, mapSchema])) }),
        ]),
      }),
    ),
  }),
  clientAnnotations: z.strictObject({ isEditedByUser: z.literal(true) }),
  isRequired: z.literal(true),
});

/** The parameter of each permission that lists what it allows. Others must state that only the listed is allowed. */
const lists: Readonly<Record<string, string>> = {
  access_globals: 'keys',
  inject_script: 'urls',
  read_data_layer: 'keyPatterns',
  read_event_data: 'keyPatterns',
  get_cookies: 'cookieNames',
  send_http: 'urls',
};

const testsSchema = z.strictObject({
  scenarios: z.array(z.strictObject({ name: z.string(), code: z.string() })).min(1),
  setup: z.string(),
});

/** Parses a template. Throws if Tag Manager could not import it. */
export function parseTemplate(text: string): Template {
  const [before, ...parts] = text.split(/^___([A-Z_]+)___$/m);
  if (before !== '') throw new Error('the template begins with a section');
  const sections = new Map(parts.flatMap((name, at) => (at % 2 ? [] : [[name, (parts[at + 1] ?? '').trim()] as const])));
  const read = (name: string) => {
    const section = sections.get(name);
    if (section === undefined) throw new Error(`the template has no section ${name}`);
    return section;
  };
  const {
    containerContexts: [context],
  } = infoSchema.parse(JSON.parse(read('INFO')));
  const permissions = z.array(permissionSchema).parse(JSON.parse(read(`${context}_PERMISSIONS`)));
  const { scenarios, setup } = testsSchema.parse(parseYaml(read('TESTS')));
  return {
    context,
    sections: [...sections.keys()],
    parameters: z.array(parameterSchema).parse(JSON.parse(read('TEMPLATE_PARAMETERS'))),
    code: read(context === 'WEB' ? 'SANDBOXED_JS_FOR_WEB_TEMPLATE' : 'SANDBOXED_JS_FOR_SERVER'),
    permissions: permissions.flatMap(({ instance }) => listAllowed(instance)),
    setup,
    scenarios,
  };
}

function listAllowed({ key, param }: z.infer<typeof permissionSchema>['instance']): string[] {
  const list = lists[key.publicId];
  if (list === undefined) throw new Error(`the runner does not know the permission ${key.publicId}`);
  return param.flatMap(({ key: name, value }) => {
    if (value.type === 2 && name === list) return value.listItem.flatMap((item) => describeItem(key.publicId, item));
    if (value.type === 1 && value.string === 'specific') return [];
    throw new Error(`${key.publicId} allows more than it lists`);
  });
}

function describeItem(permission: string, item: z.infer<typeof scalarSchema> | z.infer<typeof mapSchema>): string[] {
  if (item.type === 1) return [`${permission} ${item.string}`];
  if (item.type === 8) throw new Error('a list of booleans');
  const values = new Map(
    item.mapKey.map((key, at) => {
      const value = item.mapValue[at];
      return [key.type === 1 ? key.string : '', value?.type === 8 ? value.boolean : value?.string] as const;
    }),
  );
  return ['read', 'write', 'execute'].flatMap((use) =>
    values.get(use) === true ? [`${permission} ${use} ${values.get('key')}`] : [],
  );
}
