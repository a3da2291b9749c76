import { PortolanError } from '../../lib/index.ts'
import type { StatusCause } from '../generated/types.gen.ts'
import { intersection, pathsOf } from './field-set.ts'
import type { FieldSet } from './field-set.ts'
import type { Owner } from './managers.ts'

/** Others own what would change. The server answers it as a Conflict (409) with these causes. */
export class ApplyConflict extends PortolanError {
  readonly causes: readonly StatusCause[]

  constructor(owners: readonly Owner[], taken: FieldSet) {
    const found = owners.map((owner) => ({ by: nameOf(owner), paths: pathsOf(intersection(owner.fields, taken)) }))
    super('ApplyConflict', messageOf(found))
    this.name = 'ApplyConflict'
    this.causes = found.flatMap(({ by, paths }) =>
      paths.map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with ${by}`, field })),
    )
  }
}

export const isApplyConflict = (error: unknown): error is ApplyConflict => error instanceof ApplyConflict

/** As upstream's `printManager`: of an update it also says when. */
function nameOf({ entry }: Owner): string {
  const name = `"${entry.manager}"${entry.subresource ? ` with subresource "${entry.subresource}"` : ''}`
  if (entry.operation !== 'Update') return name
  return `${name} using ${entry.apiVersion}${entry.time ? ` at ${entry.time}` : ''}`
}

function messageOf(found: readonly { readonly by: string; readonly paths: readonly string[] }[]): string {
  const count = found.reduce((sum, { paths }) => sum + paths.length, 0)
  if (count === 1) return `Apply failed with 1 conflict: conflict with ${found[0]?.by}: ${found[0]?.paths[0]}`
  const list = found.flatMap(({ by, paths }) => [`conflicts with ${by}:`, ...paths.map((path) => `- ${path}`)])
  return `Apply failed with ${count} conflicts: ${list.join('\n')}`
}
