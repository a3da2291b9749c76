import type { Kind, KubeObject } from '../api.ts'

/** An object as text, but for the revision, which is known only when it is written. */
export interface Encoded {
  /** The bytes as they are stored, listed and watched. */
  at(revision: number): Buffer
  /** The bytes of what was never written: a dry run's. */
  unwritten(): Buffer
}

/**
 * Serialises once. `metadata.resourceVersion` comes first in the metadata, so its place in the text is known and the
 * revision can be put there without serialising again.
 */
export const encode = ({ storedAs }: Kind, object: KubeObject): Encoded =>
  encodePlain(storedAs ? storedAs.toStored(object) : object)

/** For an object that is stored as what it is. */
export function encodePlain({ kind, apiVersion, metadata, ...rest }: KubeObject): Encoded {
  const head = `{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},"metadata":{`
  // Last, as upstream shows it; a place of its own makes an object that means the same the same bytes.
  const { resourceVersion: _, managedFields, ...others } = metadata
  const fields = managedFields?.length ? { managedFields } : {}
  const tail = JSON.stringify({ metadata: { ...others, ...fields }, ...rest }).slice('{"metadata":{'.length)
  const separator = tail.startsWith('}') ? '"' : '",'
  return {
    at: (revision) => ownMemory(`${head}"resourceVersion":"${revision}${separator}${tail}`),
    unwritten: () => Buffer.from(head + tail),
  }
}

/** `Buffer.from` gives a part of 64 KiB that it shares with whatever else is made; what is stored would keep all of that. */
function ownMemory(text: string): Buffer {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text))
  bytes.write(text)
  return bytes
}

/** The object in the bytes, as `kind` shows it. Each caller gets one of its own. */
export function decode({ storedAs }: Kind, bytes: Buffer): KubeObject {
  const stored = JSON.parse(bytes.toString()) as KubeObject
  return storedAs ? storedAs.fromStored(stored) : stored
}

/** The bytes as clients of `kind` get them: the stored ones, unless it is stored as another kind. */
export const shown = (kind: Kind, bytes: Buffer): Buffer =>
  kind.storedAs ? Buffer.from(JSON.stringify(decode(kind, bytes))) : bytes
