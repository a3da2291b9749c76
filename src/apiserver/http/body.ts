import { messageOf } from '../../lib/index.ts'
import type { HttpRequest } from '../../wire/index.ts'
import { decodeProtobuf } from '../protobuf/index.ts'
import { badRequest, unsupportedMediaType } from './status-error.ts'

export const OBJECT_TYPES = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'] as const

export interface Body {
  readonly bytes: Uint8Array
  /** Without parameters: `application/json`. */
  readonly type: string
}

/** The body, when its type is one of `types`; no type at all means JSON. Throws UnsupportedMediaType. */
export function bodyOf(request: HttpRequest, types: readonly string[]): Body {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() || 'application/json'
  if (!types.includes(type)) throw unsupportedMediaType(types)
  return { bytes: request.body ?? new Uint8Array(), type }
}

/** An object in one of {@link OBJECT_TYPES}. Protobuf, which typed Go clients write, becomes JSON here already. */
export function objectBody(request: HttpRequest): Body {
  const body = bodyOf(request, OBJECT_TYPES)
  if (body.type !== 'application/vnd.kubernetes.protobuf') return body
  const { buffer, byteOffset, byteLength } = body.bytes
  const object = decodeProtobuf(Buffer.from(buffer, byteOffset, byteLength))
  return { bytes: Buffer.from(JSON.stringify(object)), type: 'application/json' }
}

/** The body of a request that isn't about a whole object. Throws UnsupportedMediaType or BadRequest. */
export function jsonBody<T>(request: HttpRequest): T {
  const { bytes, type } = objectBody(request)
  if (type !== 'application/json') throw unsupportedMediaType(['application/json'])
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as T
  } catch (cause) {
    throw badRequest(`the body of the request is not JSON: ${messageOf(cause)}`)
  }
}
