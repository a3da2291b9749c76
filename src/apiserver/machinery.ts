import { load } from 'js-yaml'
import type { Draft, Kind, KubeObject } from './api.ts'
import { badRequest } from './http/status-error.ts'

export function decodeObject(
  kind: Kind,
  body: Uint8Array,
  options: { readonly yaml: boolean; readonly fieldValidation: string | null; readonly warnings: unknown },
): Draft<KubeObject> {
  const text = Buffer.from(body).toString()
  const object = (options.yaml ? load(text) : JSON.parse(text)) as Draft<KubeObject>
  if (object.kind !== kind.kind) throw badRequest(`not a ${kind.kind}`)
  object.metadata ??= {} as never
  kind.setDefaults?.(object)
  return object
}
