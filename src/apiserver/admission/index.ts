import type { Draft, Kind, KubeObject } from '../api.ts'
import type { User } from '../auth/user.ts'
import type { Core } from '../registry/core.ts'
import type { Admit } from './admit.ts'
import { tolerateShortOutages } from './default-tolerations.ts'
import { mayBind, mayGrant } from './escalation.ts'
import { giveDefaultClass } from './default-ingress-class.ts'
import { mayCreateIn } from './namespace-lifecycle.ts'
import { restrictNode } from './node-restriction.ts'
import { checkPriorityClass, givePriority } from './priority.ts'
import { protectRange } from './protect-range.ts'
import { giveServiceAccount } from './service-account.ts'
import { kindKey } from '../registry/location.ts'

/** By kind, in the order in which upstream's plugins run. */
const plugins: Readonly<Record<string, readonly Admit[]>> = {
  '/pods': [giveServiceAccount, tolerateShortOutages, givePriority],
  'networking.k8s.io/servicecidrs': [protectRange],
  'networking.k8s.io/ingresses': [giveDefaultClass],
  'scheduling.k8s.io/priorityclasses': [checkPriorityClass],
  'rbac.authorization.k8s.io/roles': [mayGrant],
  'rbac.authorization.k8s.io/clusterroles': [mayGrant],
  'rbac.authorization.k8s.io/rolebindings': [mayBind],
  'rbac.authorization.k8s.io/clusterrolebindings': [mayBind],
}

/** What clients' writes of a kind have to pass; the server's own don't. */
export const admissionOf =
  (core: Core, { kind, user, subresource = '' }: { kind: Kind; user: User; subresource?: string }) =>
  async (object: Draft<KubeObject>, old: KubeObject | undefined): Promise<void> => {
    if (!old) mayCreateIn(core, kind, object as KubeObject)
    const { name = '', namespace = '' } = object.metadata
    const write = { core, kind, user, subresource, namespace, name, object: object as KubeObject }
    restrictNode(old ? { ...write, operation: 'UPDATE', old } : { ...write, operation: 'CREATE' })
    if (subresource !== '') return
    for (const admit of plugins[kindKey(kind)] ?? []) await admit({ core, kind, user, object, old })
  }
