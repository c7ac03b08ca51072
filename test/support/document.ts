import type { OpenAPIV3 } from 'openapi-types';

export type Schema = OpenAPIV3.SchemaObject | OpenAPIV3.ReferenceObject;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

export interface Described {
  readonly method: string;
  /** With the names of the parameters in braces. */
  readonly path: string;
  readonly operation: OpenAPIV3.OperationObject;
}

/** All of the operations that the service describes. */
export function operationsOf(document: OpenAPIV3.Document): Described[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item?.[method];
      return operation === undefined ? [] : [{ method: method.toUpperCase(), path, operation }];
    }),
  );
}

/** What a concrete path of an operation looks like. */
export function pathPattern({ path }: Described): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}

export function parametersOf({ parameters = [] }: OpenAPIV3.OperationObject): OpenAPIV3.ParameterObject[] {
  return parameters.map(given);
}

/** The service refers to schemas only. */
export function given<T extends object>(value: T | OpenAPIV3.ReferenceObject): T {
  if ('$ref' in value) throw new Error(`${value.$ref} is a reference`);
  return value;
}

export function resolve(document: OpenAPIV3.Document, schema: Schema): OpenAPIV3.SchemaObject {
  if (!('$ref' in schema)) return schema;
  const found = document.components?.schemas?.[schema.$ref.replace('#/components/schemas/', '')];
  if (found === undefined) throw new Error(`${schema.$ref} leads nowhere`);
  return resolve(document, found);
}

/**
 * Where a value is not what the schema says, with the keywords that the service uses. A key that the schema does not name
 * is wrong in an answer; in a request it would be ignored.
 */
export function differences(
  document: OpenAPIV3.Document,
  unresolved: Schema,
  value: unknown,
  { at = 'body', ignoreExtra = false } = {},
): string[] {
  const schema = resolve(document, unresolved);
  const wrong = [`${at} is ${JSON.stringify(value)}`];
  if (value === null && schema.nullable === true) return [];
  const inner = (part: Schema, item: unknown, name: string): string[] =>
    differences(document, part, item, { at: `${at}${name}`, ignoreExtra });
  switch (schema.type) {
    case 'object': {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong;
      const {
        properties = {},
        required = [],
        minProperties = 0,
        maxProperties = Number.MAX_SAFE_INTEGER,
      } = schema;
      const known = Object.keys(value).filter((key) => Object.hasOwn(properties, key)).length;
      if (known < minProperties || known > maxProperties) return wrong;
      const missing = required.filter((key) => !Object.hasOwn(value, key));
      const found = Object.entries(value).flatMap(([key, item]) => {
        const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
        if (property !== undefined) return inner(property, item, `.${key}`);
        return ignoreExtra || schema.additionalProperties === true ? [] : [`${at}.${key} is extra`];
      });
      return [...missing.map((key) => `${at}.${key} is missing`), ...found];
    }
    case 'array': {
      const { minItems = 0, maxItems = Number.MAX_SAFE_INTEGER } = schema;
      if (!Array.isArray(value) || value.length < minItems || value.length > maxItems) return wrong;
      return value.flatMap((item, index) => inner(schema.items, item, `[${index}]`));
    }
    case 'integer': {
      const { minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER } = schema;
      const fits = Number.isSafeInteger(value) && Number(value) >= minimum && Number(value) <= maximum;
      return fits ? [] : wrong;
    }
    case 'boolean':
      return typeof value === 'boolean' ? [] : wrong;
    case 'string': {
      if (typeof value !== 'string' || schema.enum?.includes(value) === false) return wrong;
      const { minLength = 0, maxLength = Number.MAX_SAFE_INTEGER, pattern = '' } = schema;
      const fits = value.length >= minLength && value.length <= maxLength && new RegExp(pattern).test(value);
      return fits ? [] : wrong;
    }
    default:
      return [`${at} has the type ${schema.type}, which the service does not use`];
  }
}
