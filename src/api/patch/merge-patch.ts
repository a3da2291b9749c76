import { PatchError } from './error.ts'
import { isObject, keysOf } from './json.ts'
import type { Json } from './json.ts'

/** RFC 7396: null takes a key away, objects merge, everything else replaces. Changes `object`. */
export function mergePatch(object: Json, patch: unknown): Json {
  if (!isObject(patch)) throw new PatchError(400, 'error decoding patch: a merge patch is an object')
  return merge(object, patch)
}

function merge(target: unknown, patch: Json): Json {
  const result: Json = isObject(target) ? target : {}
  for (const key of keysOf(patch)) {
    const value = patch[key]
    if (value === null) delete result[key]
    else result[key] = isObject(value) ? merge(result[key], value) : value
  }
  return result
}
