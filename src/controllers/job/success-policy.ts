import type { Job } from '../../api/index.ts'
import { readIndexes } from './indexes.ts'

/** Which rule says that a Job has succeeded with these indexes, in upstream's words; undefined when none does. Source: KEP-3998. */
export function succeedsBy({ spec }: Job, completed: ReadonlySet<number>): string | undefined {
  if (completed.size === 0) return undefined
  const rule = (spec?.successPolicy?.rules ?? []).findIndex(({ succeededIndexes, succeededCount = Infinity }) => {
    if (succeededIndexes === undefined) return completed.size >= succeededCount
    const named = [...readIndexes(succeededIndexes)]
    const reached = named.filter((index) => completed.has(index)).length
    return named.length > 0 && (reached === named.length || reached >= succeededCount)
  })
  return rule < 0 ? undefined : `Matched rules at index ${rule}`
}
