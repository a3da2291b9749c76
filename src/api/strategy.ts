import type { Kind } from './kind.ts'
import { semanticEqual } from './equal.ts'
import type { Draft, KubeObject } from './object.ts'

interface SpecAndStatus extends KubeObject {
  readonly spec?: unknown
  readonly status?: unknown
}

type Strategy<T extends KubeObject> = Required<Pick<Kind<T>, 'prepareForCreate' | 'prepareForUpdate' | 'specChanged'>>

/**
 * How most kinds with a status are written: a client of the object can't set the status, a client of `/status` can't
 * set the rest, and each change of the spec is a new generation. As the `Strategy` types under upstream's `pkg/registry`.
 */
export function specAndStatus<T extends SpecAndStatus>(options: { generation: boolean }): Strategy<T> {
  return {
    prepareForCreate: (object) => {
      delete (object as { status?: unknown }).status
      if (options.generation) setGeneration(object, 1)
    },
    prepareForUpdate: (object, old, subresource) => {
      if (subresource === 'status') keepAllButStatus(object, old)
      else carryOver(object, old, 'status')
    },
    specChanged: (object, old) => options.generation && !semanticEqual(object.spec, old.spec),
  }
}

/** Puts `old`'s field back, or takes it away where `old` has none. */
export function carryOver<T extends KubeObject>(object: Draft<T>, old: T, field: string): void {
  const from = old as unknown as Record<string, unknown>
  const to = object as unknown as Record<string, unknown>
  if (from[field] === undefined) delete to[field]
  else to[field] = from[field]
}

/** A write to `/status` changes the status and nothing else but what the server keeps of the metadata. */
export function keepAllButStatus<T extends KubeObject>(object: Draft<T>, old: T): void {
  for (const field of new Set([...Object.keys(object), ...Object.keys(old)])) {
    if (field !== 'status' && field !== 'metadata' && field !== 'apiVersion' && field !== 'kind') carryOver(object, old, field)
  }
}

export function setGeneration(object: Draft<KubeObject>, generation: number): void {
  object.metadata.generation = generation
}
