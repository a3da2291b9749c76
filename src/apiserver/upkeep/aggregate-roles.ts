import type { ClusterRole } from '../../api/index.ts'
import type { Draft, KubeObject } from '../api.ts'
import { aggregatedRules } from '../auth/rbac/aggregate.ts'
import type { Core } from '../registry/core.ts'
import { updateObject } from '../registry/update.ts'
import { Warnings } from '../registry/warnings.ts'
import { untilAborted } from './until-aborted.ts'

const ROLES = '/rbac.authorization.k8s.io/clusterroles/'

/** Writes into roles that are made of others what they are made of, for people to read; the authorizer looks by itself. */
async function aggregateRoles(core: Core): Promise<void> {
  const kind = core.kinds.find('rbac.authorization.k8s.io', 'v1', 'clusterroles')
  if (!kind) return
  const roles = core.store.list(ROLES).map(({ value }) => JSON.parse(value.toString()) as ClusterRole)
  for (const role of roles.filter(({ aggregationRule }) => aggregationRule)) {
    const rules = aggregatedRules(role, roles)
    if (JSON.stringify(rules) === JSON.stringify(role.rules ?? [])) continue
    const change = (old: KubeObject | undefined): Draft<KubeObject> | undefined =>
      old && ({ ...structuredClone(old), rules } as Draft<KubeObject>)
    const location = { kind, namespace: '', name: role.metadata.name ?? '' }
    await updateObject(core, location, { subresource: '', change }, { dryRun: false, warnings: new Warnings() })
  }
}

/** Whenever a role changes, until `signal` aborts. What it writes itself makes it look again, for roles of roles. */
export async function followRoles(core: Core, signal: AbortSignal, failed: (error: unknown) => void): Promise<void> {
  let looking = Promise.resolve()
  const look = (): Promise<void> => (looking = looking.then(() => aggregateRoles(core)).catch(failed))
  const unwatch = core.store.watch(ROLES, core.store.revision, () => void look())
  await look()
  await untilAborted(signal)
  unwatch()
}
