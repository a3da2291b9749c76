import type { ObjectMeta } from './generated/types.gen.ts'

/** What every object of the API has. Objects are read-only; code that builds or changes one owns a {@link Draft}. */
export interface KubeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
}

/** The same shape, writable all the way down: an object that its holder has just decoded or copied, and owns. */
export type Draft<T> = T extends string | number | boolean | null | undefined | unknown[]
  ? T extends ReadonlyArray<infer Item>
    ? Draft<Item>[]
    : T
  : T extends ReadonlyArray<infer Item>
    ? Draft<Item>[]
    : T extends object
      ? { -readonly [Key in keyof T]: Draft<T[Key]> }
      : T

/** A part of an object as somebody wrote it: what the type requires may be missing until validation has looked. */
export type Written<T> = { readonly [Key in keyof T]?: T[Key] }

/** A list as the API answers it. */
export interface ObjectList<T extends KubeObject> {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string; readonly remainingItemCount?: number }
  readonly items: readonly T[]
}

/** Where objects of one type live: `/apis/{group}/{version}/…/{plural}`. The core group is the empty string. */
export interface Resource<T extends KubeObject = KubeObject> {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
  /** Never set: it only carries the type. */
  readonly type?: T
}

/** `v1`, `apps/v1`: what an object of this resource has as its `apiVersion`. */
export const apiVersionOf = (resource: Pick<Resource, 'group' | 'version'>): string =>
  resource.group === '' ? resource.version : `${resource.group}/${resource.version}`

/** `default/kubia`, or `node1` where the kind has no namespace: how an object is named within its kind. */
export const keyOf = (object: KubeObject): string =>
  object.metadata.namespace ? `${object.metadata.namespace}/${object.metadata.name ?? ''}` : (object.metadata.name ?? '')
