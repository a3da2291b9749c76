import type { Draft, Kind, KubeObject } from '../api.ts'
import type { User } from '../auth/user.ts'
import { kindKey } from '../registry/core.ts'
import type { Core } from '../registry/core.ts'
import type { Admit } from './admit.ts'
import { tolerateShortOutages } from './default-tolerations.ts'
import { mayBind, mayGrant } from './escalation.ts'
import { giveDefaultClass } from './default-ingress-class.ts'
import { mayCreateIn } from './namespace-lifecycle.ts'
import { checkPriorityClass, givePriority } from './priority.ts'
import { protectRange } from './protect-range.ts'
import { giveServiceAccount } from './service-account.ts'

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
  (core: Core, kind: Kind, user: User) =>
  async (object: Draft<KubeObject>, old: KubeObject | undefined): Promise<void> => {
    if (!old) mayCreateIn(core, kind, object as KubeObject)
    for (const admit of plugins[kindKey(kind)] ?? []) await admit({ core, kind, user, object, old })
  }
