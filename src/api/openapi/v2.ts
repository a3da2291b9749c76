/**
 * The OpenAPI 2.0 document of everything, which kubectl asks for where it doesn't ask for the third version: when it
 * validates a `kind: List` by itself, and for `explain --output=plaintext-openapiv2`. Made of the third version's parts.
 */
import type { Kind } from '../kind.ts'
import { apiVersionOf } from '../object.ts'
import { referenceOf } from '../schemas/index.ts'
import type { Schema, Schemas } from '../schemas/index.ts'
import { openapiV3 } from './v3.ts'

export interface SwaggerDocument {
  readonly swagger: '2.0'
  readonly info: { readonly title: string; readonly version: string }
  readonly paths: Readonly<Record<string, object>>
  readonly definitions: Readonly<Record<string, object>>
}

/** As upstream serves it at `/openapi/v2`. */
export function openapiV2(kinds: readonly Kind[], schemas: Schemas): SwaggerDocument {
  const documents = [...new Set(kinds.map(apiVersionOf))].map((groupVersion) => openapiV3(groupVersion, kinds, schemas))
  const paths = documents.flatMap((document) => Object.entries(document.paths))
  const known = Object.assign({}, ...documents.map(({ components }) => components.schemas)) as Schemas
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: 'v1.36.0' },
    paths: Object.fromEntries(paths.map(([path, item]) => [path, pathItem(item)])),
    definitions: Object.fromEntries(Object.entries(known).map(([name, schema]) => [name, definition(name, schema)])),
  }
}

interface Parameter {
  readonly schema: Schema
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>
}

interface Operation {
  readonly parameters: readonly Parameter[]
  readonly requestBody?: Content
  readonly responses: Readonly<Record<string, Content & { readonly description: string }>>
}

const pathItem = ({ parameters, ...operations }: Readonly<Record<string, unknown>>): object => ({
  ...Object.fromEntries(Object.entries(operations).map(([verb, value]) => [verb, operation(value as Operation)])),
  parameters: (parameters as readonly Parameter[]).map(parameter),
})

/** Media types stand beside bodies and answers, and not over each of them. */
function operation({ parameters, requestBody, responses, ...rest }: Operation): object {
  const body = requestBody?.content ?? {}
  const [schema] = Object.values(body).map((content) => content.schema)
  const inBody = schema && { name: 'body', in: 'body', required: true, schema: convert(schema) }
  return {
    ...rest,
    consumes: inBody ? Object.keys(body) : ['*/*'],
    produces: Object.keys(responses['200']?.content ?? {}),
    parameters: [...(inBody ? [inBody] : []), ...parameters.map(parameter)],
    responses: Object.fromEntries(Object.entries(responses).map(([code, answer]) => [code, response(answer)])),
  }
}

const parameter = ({ schema, ...rest }: Parameter): object => ({ ...rest, ...schema })

function response({ content, description }: Operation['responses'][string]): object {
  const [schema] = Object.values(content ?? {}).map((one) => one.schema)
  return { description, ...(schema && { schema: convert(schema) }) }
}

const AMOUNT_OR_NAME = /\.(Quantity|IntOrString)$/

/** What may be a number or a text is a text here, with a format that says more. */
function definition(name: string, schema: Schema): object {
  const { oneOf: _, ...rest } = schema
  return AMOUNT_OR_NAME.test(name) ? { ...rest, type: 'string' } : convert(schema)
}

/** References lead elsewhere, may have a description beside them, and free objects need no extension. */
function convert(schema: Schema): object {
  const {
    $ref: _,
    allOf: __,
    'x-kubernetes-preserve-unknown-fields': ___,
    properties,
    items,
    additionalProperties,
    ...rest
  } = schema
  const reference = referenceOf(schema)
  return {
    ...rest,
    ...(reference !== undefined && { $ref: `#/definitions/${reference}` }),
    ...(items && { items: convert(items) }),
    ...(additionalProperties && { additionalProperties: convert(additionalProperties) }),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, convert(value)])),
    }),
  }
}
