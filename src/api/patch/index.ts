/** Patches: from an object and what a client wants changed to the object as it should be. */
import type { Kind } from '../kind.ts'
import type { KubeObject } from '../object.ts'
import { schemas } from '../schemas/index.ts'
import { jsonPatch } from './json-patch.ts'
import type { Json } from './json.ts'
import { mergePatch } from './merge-patch.ts'
import { strategicMergePatch } from './strategic-merge.ts'

export { isPatchError, PatchError } from './error.ts'

/** The content types of `PATCH`, but for server-side apply. */
export type PatchType = 'application/json-patch+json' | 'application/merge-patch+json' | 'application/strategic-merge-patch+json'

/**
 * The object that `patch` makes of `object`, which stays as it is. The result must yet be made to conform to the schema.
 * Throws {@link PatchError}.
 */
export function applyPatch(kind: Kind, object: KubeObject, { type, patch }: { type: PatchType; patch: unknown }): Json {
  const copy = structuredClone(object) as unknown as Json
  switch (type) {
    case 'application/json-patch+json':
      return jsonPatch(copy, patch)
    case 'application/merge-patch+json':
      return mergePatch(copy, patch)
    case 'application/strategic-merge-patch+json':
      return strategicMergePatch(copy, patch, schemas()[kind.schema] ?? {})
  }
}
