import type { Kind } from './api.ts'
import type { Kinds } from './registry/core.ts'

export function kindsOf(all: readonly Kind[]): Kinds {
  const byResource = new Map(all.map((kind) => [`${kind.group}/${kind.version}/${kind.plural}`, kind]))
  return { all, find: (group, version, plural) => byResource.get(`${group}/${version}/${plural}`) }
}
