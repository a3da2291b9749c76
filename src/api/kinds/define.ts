import type { Column, Kind } from '../kind.ts'
import type { KubeObject, Resource } from '../object.ts'
import { age } from '../printing/columns.ts'

type Given<T extends KubeObject> = Omit<Partial<Kind<T>>, keyof Resource<T> | 'schema'> & { readonly schema: string }

/** A kind whose names follow from its resource: singular in lower case, no short names, Age as its only column. */
export function defineKind<T extends KubeObject>(resource: Resource<T>, given: Given<T>): Kind {
  const kind: Kind<T> = {
    singular: resource.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    subresources: [],
    columns: [age as Column<T>],
    ...given,
    ...resource,
  }
  // The registry holds kinds of different objects side by side; each is only ever handed objects of its own.
  return kind as unknown as Kind
}
