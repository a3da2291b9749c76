import type { Change } from '../../store/index.ts'
import type { Kind, KubeObject } from '../api.ts'
import type { Representation } from '../http/representation.ts'
import { decode, encode } from '../registry/encode.ts'

export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'

/** `{"type":"ADDED","object":…}` and a newline, around bytes that are JSON already. */
export const frame = (type: EventType, object: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`{"type":"${type}","object":`), object, Buffer.from('}\n')])

interface Prepared {
  object?: KubeObject
  before?: KubeObject
  readonly frames: Map<string, Buffer>
}

/**
 * Work on a change that all its watchers share. The store tells them all in one turn, so it is kept for no longer: frames
 * of everything in the store's window would be as much again as the window.
 */
const prepared = new Map<Change, Prepared>()

function prepare(change: Change): Prepared {
  if (prepared.size === 0) queueMicrotask(() => prepared.clear())
  let found = prepared.get(change)
  if (!found) prepared.set(change, (found = { frames: new Map() }))
  return found
}

/** The object after the change; undefined when it was deleted. */
export function objectAfter(kind: Kind, change: Change): KubeObject | undefined {
  return change.deleted ? undefined : (prepare(change).object ??= decode(kind, change.value))
}

/** The object before the change; undefined when it is new. */
export function objectBefore(kind: Kind, change: Change): KubeObject | undefined {
  return change.before && (prepare(change).before ??= decode(kind, change.before.value))
}

/** The event's bytes, made once for everybody who sees the object in the same way. */
export function frameOf(
  change: Change,
  type: EventType,
  { kind, view, first }: { kind: Kind; view: Representation; first: boolean },
): Buffer {
  const key = `${type} ${first} ${kind.group} ${view.id}`
  const { frames } = prepare(change)
  let bytes = frames.get(key)
  if (!bytes) frames.set(key, (bytes = frame(type, view.event(kind, bytesShown(kind, change, type), first))))
  return bytes
}

/** An object that leaves a selection is shown as it was while it was in it, at the revision at which it left. */
function bytesShown(kind: Kind, change: Change, type: EventType): Buffer {
  if (type !== 'DELETED' || change.deleted || !change.before) return change.value
  return encode(kind, decode(kind, change.before.value)).at(change.revision)
}
