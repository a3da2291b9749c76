import type { Ingress, IngressClass } from '../generated/types.gen.ts'
import { loadBalancerAddresses } from '../core/service/columns.ts'
import { defineKind } from '../kinds/define.ts'
import { age, text } from '../printing/columns.ts'
import { ingressClasses, ingresses } from '../resources.ts'
import { setGeneration, specAndStatus } from '../strategy.ts'
import { validateIngress } from './ingress-validation.ts'

const strategy = specAndStatus<Ingress>({ generation: true })

export const ingress = defineKind<Ingress>(ingresses, {
  schema: 'io.k8s.api.networking.v1.Ingress',
  shortNames: ['ing'],
  subresources: ['status'],
  ...strategy,
  prepareForCreate: (object) => {
    strategy.prepareForCreate(object)
    object.status = { loadBalancer: {} }
  },
  validate: validateIngress,
  columns: [
    text(
      'Class',
      'The name of the IngressClass resource that should be used for additional configuration',
      (object) => object.spec?.ingressClassName ?? '<none>',
    ),
    text('Hosts', 'Hosts that incoming requests are matched against before the ingress rule', hosts),
    text('Address', 'Address is a list containing ingress points for the load-balancer', (object) =>
      loadBalancerAddresses(object.status?.loadBalancer?.ingress).join(','),
    ),
    text('Ports', 'Ports of TLS configurations that open', (object) => (object.spec?.tls?.length ? '80, 443' : '80')),
    age,
  ],
})

function hosts(object: Ingress): string {
  const rules = object.spec?.rules ?? []
  const shown: string[] = []
  let more = false
  for (const { host } of rules) {
    if (shown.length === 3) more = true
    else if (host) shown.push(host)
  }
  if (shown.length === 0) return '*'
  return more ? `${shown.join(',')} + ${rules.length - 3} more...` : shown.join(',')
}

export const ingressClass = defineKind<IngressClass>(ingressClasses, {
  schema: 'io.k8s.api.networking.v1.IngressClass',
  setDefaults: (object) => {
    if (object.spec?.parameters) object.spec.parameters.scope ??= 'Cluster'
  },
  prepareForCreate: (object) => setGeneration(object, 1),
  columns: [
    text('Controller', 'Controller that is responsible for handling this class', (object) => object.spec?.controller ?? ''),
    text('Parameters', 'A reference to a resource with additional parameters', parameters),
    age,
  ],
})

function parameters({ spec }: IngressClass): string {
  if (!spec?.parameters) return '<none>'
  const { kind, apiGroup, name } = spec.parameters
  return `${kind}${apiGroup ? `.${apiGroup}` : ''}/${name}`
}
