import { ProtobufWriter } from './protobuf-writer.ts'

/**
 * How a member of a JSON object lies in its message: the field's number, and what it holds. A text in brackets stands
 * for several; `any` is arbitrary JSON; everything else is another message.
 */
type Member = readonly [field: number, holds: string]
interface Message {
  readonly members: Readonly<Record<string, Member>>
  /** The field of what begins with `x-`. */
  readonly extensions?: number
  /** Any other member: it becomes a message of its name and its value. */
  readonly others?: Member
}

const PARAMETER: Message['members'] = {
  required: [1, 'bool'],
  in: [2, 'string'],
  description: [3, 'string'],
  name: [4, 'string'],
}

/**
 * The messages of gnostic's `openapi.v2`, as far as documents of Kubernetes use them. Numbers are those of
 * `openapiv2/OpenAPIv2.proto` of github.com/google/gnostic-models.
 */
const MESSAGES: Readonly<Record<string, Message>> = {
  Document: { members: { swagger: [1, 'string'], info: [2, 'Info'], paths: [8, 'Paths'], definitions: [9, 'Definitions'] } },
  Info: { members: { title: [1, 'string'], version: [2, 'string'] } },
  Paths: { members: {}, others: [2, 'PathItem'] },
  Definitions: { members: {}, others: [1, 'Schema'] },
  PathItem: {
    members: {
      get: [2, 'Operation'],
      put: [3, 'Operation'],
      post: [4, 'Operation'],
      delete: [5, 'Operation'],
      patch: [8, 'Operation'],
      parameters: [9, '[ParametersItem]'],
    },
  },
  Operation: {
    members: {
      tags: [1, '[string]'],
      description: [3, 'string'],
      operationId: [5, 'string'],
      produces: [6, '[string]'],
      consumes: [7, '[string]'],
      parameters: [8, '[ParametersItem]'],
      responses: [9, 'Responses'],
    },
    extensions: 13,
  },
  BodyParameter: {
    members: {
      description: [1, 'string'],
      name: [2, 'string'],
      in: [3, 'string'],
      required: [4, 'bool'],
      schema: [5, 'Schema'],
    },
  },
  QueryParameter: { members: { ...PARAMETER, type: [6, 'string'], uniqueItems: [20, 'bool'] } },
  PathParameter: { members: { ...PARAMETER, type: [5, 'string'], uniqueItems: [19, 'bool'] } },
  Responses: { members: {}, others: [1, 'ResponseValue'] },
  Response: { members: { description: [1, 'string'], schema: [2, 'SchemaItem'] } },
  Schema: {
    members: {
      $ref: [1, 'string'],
      format: [2, 'string'],
      description: [4, 'string'],
      default: [5, 'any'],
      required: [19, '[string]'],
      enum: [20, '[any]'],
      additionalProperties: [21, 'AdditionalProperties'],
      type: [22, 'Type'],
      items: [23, 'Items'],
      properties: [25, 'Properties'],
    },
    extensions: 31,
  },
  Properties: { members: {}, others: [1, 'Schema'] },
}

type Json = Readonly<Record<string, unknown>>

/** A message that holds nothing but one field. */
function wrapping(field: number, bytes: Uint8Array): Buffer {
  const writer = new ProtobufWriter()
  writer.bytes(field, bytes)
  return writer.finish()
}

/** Where the message has a level that JSON hasn't. */
const wrapped: Readonly<Record<string, (value: unknown) => Buffer>> = {
  any: (value) => wrapping(2, Buffer.from(JSON.stringify(value))), // YAML; JSON is YAML, too
  Type: (value) => wrapping(1, Buffer.from(value as string)),
  Items: (value) => wrapping(1, message('Schema', value as Json)),
  AdditionalProperties: (value) => wrapping(1, message('Schema', value as Json)),
  SchemaItem: (value) => wrapping(1, message('Schema', value as Json)),
  ResponseValue: (value) => wrapping(1, message('Response', value as Json)),
  ParametersItem: (value) => wrapping(1, parameter(value as Json)),
}

function parameter(value: Json): Buffer {
  if (value['in'] === 'body') return wrapping(1, message('BodyParameter', value))
  const inQuery = value['in'] === 'query'
  return wrapping(2, wrapping(inQuery ? 3 : 4, message(inQuery ? 'QueryParameter' : 'PathParameter', value)))
}

/**
 * A document of OpenAPI 2.0 as gnostic's protobuf, which is how kubectl asks for `/openapi/v2`. Members that documents of
 * Kubernetes don't have are left out.
 */
export const encodeOpenapiV2 = (document: object): Buffer => message('Document', document as Json)

function message(type: string, value: Json): Buffer {
  const { members, extensions, others } = MESSAGES[type] as Message
  const writer = new ProtobufWriter()
  for (const [name, member] of Object.entries(value)) {
    const own = Object.hasOwn(members, name) ? members[name] : undefined
    if (own) put(writer, own, member)
    else if (extensions !== undefined && name.startsWith('x-')) writer.bytes(extensions, named(name, encoded('any', member)))
    else if (others) writer.bytes(others[0], named(name, encoded(others[1], member)))
  }
  return writer.finish()
}

/** Protobuf has no maps here, but lists of names and values. */
function named(name: string, value: Buffer): Buffer {
  const writer = new ProtobufWriter()
  writer.string(1, name)
  writer.bytes(2, value)
  return writer.finish()
}

function put(writer: ProtobufWriter, [field, holds]: Member, value: unknown): void {
  if (holds.startsWith('[')) for (const item of value as unknown[]) put(writer, [field, holds.slice(1, -1)], item)
  else if (holds === 'string') writer.string(field, value as string)
  else if (holds === 'bool') writer.bool(field, value as boolean)
  else writer.bytes(field, encoded(holds, value))
}

const encoded = (type: string, value: unknown): Buffer => wrapped[type]?.(value) ?? message(type, value as Json)
