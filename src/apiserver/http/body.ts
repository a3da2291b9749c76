import { messageOf } from '../../lib/index.ts'
import type { HttpRequest } from '../../wire/index.ts'
import { badRequest, unsupportedMediaType } from './status-error.ts'

export const OBJECT_TYPES = ['application/json', 'application/yaml'] as const

export interface Body {
  readonly bytes: Uint8Array
  /** Without parameters: `application/json`. */
  readonly type: string
}

/** The body as JSON. Throws UnsupportedMediaType or BadRequest. */
export function jsonBody<T>(request: HttpRequest): T {
  const { bytes } = bodyOf(request, ['application/json'])
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as T
  } catch (cause) {
    throw badRequest(`the body of the request is not JSON: ${messageOf(cause)}`)
  }
}

/** The body, when its type is one of `types`; no type at all means JSON. Throws UnsupportedMediaType. */
export function bodyOf(request: HttpRequest, types: readonly string[]): Body {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() || 'application/json'
  if (!types.includes(type)) throw unsupportedMediaType(types)
  return { bytes: request.body ?? new Uint8Array(), type }
}
