import { applyPatch } from 'rfc6902'
import type { Operation } from 'rfc6902'
import { PatchError } from './error.ts'
import type { Json } from './json.ts'
import { isObject } from './json.ts'

/** As many operations as upstream takes in one patch. */
const MOST = 10_000

const OPERATIONS = ['add', 'remove', 'replace', 'move', 'copy', 'test']

/** RFC 6902: all operations, in order, or none. Changes `object`, which its caller has copied. */
export function jsonPatch(object: Json, patch: unknown): Json {
  if (!Array.isArray(patch)) throw new PatchError(400, 'error decoding patch: a JSON patch is a list of operations')
  if (patch.length > MOST) {
    throw new PatchError(413, `The allowed maximum operations in a JSON patch is ${MOST}, got ${patch.length}`)
  }
  // The root can't be replaced within itself, so it gets a parent.
  const document: Json = { root: object }
  for (const operation of patch as readonly unknown[]) {
    if (!isOperation(operation)) throw new PatchError(400, 'error decoding patch: unknown operation')
    if (!succeeds(document, below('/root', operation))) throw new PatchError(422, REJECTED)
  }
  const { root } = document
  if (!isObject(root)) throw new PatchError(422, REJECTED)
  return root
}

const REJECTED = 'the server rejected our request due to an error in our request'

/** The library says what is wrong with a path, but throws when it leads into a text. */
function succeeds(document: Json, operation: Operation): boolean {
  try {
    return applyPatch(document, [operation])[0] === null
  } catch (error) {
    if (error instanceof TypeError) return false
    throw error
  }
}

function isOperation(value: unknown): value is Operation {
  if (!isObject(value)) return false
  const { op, path } = value
  return typeof op === 'string' && OPERATIONS.includes(op) && typeof path === 'string' && !path.includes('__proto__')
}

const below = (root: string, operation: Operation): Operation =>
  'from' in operation
    ? { ...operation, from: root + operation.from, path: root + operation.path }
    : { ...operation, path: root + operation.path }
