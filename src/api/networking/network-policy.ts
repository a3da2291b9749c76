import type { NetworkPolicy } from '../generated/types.gen.ts'
import { defineKind } from '../kinds/define.ts'
import { formatSelector } from '../labels.ts'
import type { Draft } from '../object.ts'
import { age, text } from '../printing/columns.ts'
import { networkPolicies } from '../resources.ts'
import { specAndStatus } from '../strategy.ts'
import { validateNetworkPolicy } from './network-policy-validation.ts'

export const networkPolicy = defineKind<NetworkPolicy>(networkPolicies, {
  schema: 'io.k8s.api.networking.v1.NetworkPolicy',
  shortNames: ['netpol'],
  setDefaults,
  validate: validateNetworkPolicy,
  ...specAndStatus<NetworkPolicy>({ generation: true }),
  columns: [text('Pod-Selector', 'Which Pods it is about.', (object) => formatSelector(object.spec?.podSelector)), age],
})

/** Egress rules make it a policy about egress; every policy without types is one about ingress. */
function setDefaults(object: Draft<NetworkPolicy>): void {
  const { spec } = object
  if (!spec) return
  for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
    for (const port of rule.ports ?? []) port.protocol ??= 'TCP'
  }
  if (spec.policyTypes?.length) return
  spec.policyTypes = spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress']
}
